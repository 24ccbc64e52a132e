//! Carrying alerts away, in a thread of its own: a receiver that hangs must not hold up the loop.

use crate::configuration::{Alertmanager, ConfigurationError, authorization};
use crate::intake::Intake;
use evenkeel::ingest::alertmanager::Client;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Starts the thread; gives where to put bodies. Each is answered by [`Intake::Delivered`].
pub(crate) fn start(
    settings: &Alertmanager,
    loop_: SyncSender<Intake>,
) -> Result<SyncSender<Vec<u8>>, ConfigurationError> {
    let refused = |why| ConfigurationError::new(format!("alertmanager.url: {why}"));
    let mut client = Client::new(&settings.url).map_err(refused)?.timeout(settings.timeout.0);
    if let Some(path) = &settings.authorization_file {
        client = client.header("Authorization", authorization(path)?);
    }
    let (bodies, received): (_, Receiver<Vec<u8>>) = sync_channel(1);
    thread::spawn(move || {
        for body in received {
            let delivered = client.send(&body).map_err(|why| why.to_string());
            // The loop waits for this answer, so it is given even if it has to wait for room.
            if loop_.send(Intake::Delivered(delivered)).is_err() {
                return;
            }
        }
    });
    Ok(bodies)
}
