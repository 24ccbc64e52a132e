//! The program: threads that bring telemetry, and the loop.

use crate::agent::{Agent, AgentError};
use crate::configuration::{Configuration, ConfigurationError};
use crate::intake::Intake;
use crate::sources::{self, now};
use crate::status::Status;
use crate::{delivery, server};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How many bodies wait for the loop.
const QUEUE: usize = 4;

/// Runs until SIGTERM or SIGINT, and saves the state then.
///
/// # Errors
/// [`AgentError`].
pub fn run(configuration: &Configuration) -> Result<(), AgentError> {
    let refused = |why: String| AgentError::Configuration(ConfigurationError::new(why));
    let mut agent = Agent::new(configuration)?;
    let status = Arc::new(Status::new(configuration.step.0));
    let (to, intakes) = sync_channel(QUEUE);
    let listener = match &configuration.listen {
        None => None,
        Some(listen) => {
            let failed = |why: std::io::Error| refused(format!("listen.address {}: {why}", listen.address));
            let listener = TcpListener::bind(listen.address).map_err(failed)?;
            listener.set_nonblocking(true).map_err(failed)?;
            say(&format!("listens on {}", listener.local_addr().map_err(failed)?));
            Some(listener)
        }
    };
    let deliveries = match &configuration.alertmanager {
        Some(settings) => Some(delivery::start(settings, to.clone())?),
        None => None,
    };
    sources::start(configuration, &to)?;
    serve(configuration.clone(), listener, to, Arc::clone(&status))
        .map_err(|why| refused(why.to_string()))?;
    let step = configuration.step.0;
    let save_every = configuration.state.as_ref().map(|state| state.save_every.0);
    let (mut due, mut saved) = (Instant::now() + step, Instant::now());
    loop {
        match intakes.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(Intake::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(intake) => {
                agent.take(now(), intake);
                if Instant::now() < due {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let late = due.elapsed();
        agent.turn(now(), late)?;
        if let Some(deliveries) = &deliveries
            && let Some(body) = agent.due_alerts(now())
            && deliveries.try_send(body).is_err()
        {
            agent.take(now(), Intake::Delivered(Err("the last one is still under way".into())));
        }
        agent.take_lines().iter().for_each(|line| say(line));
        status.turned(agent.page(now()));
        if save_every.is_some_and(|every| saved.elapsed() >= every) {
            saved = Instant::now();
            agent.save(now())?;
        }
        due += step;
        if due < Instant::now() {
            due = Instant::now();
        }
    }
    agent.save(now())?;
    agent.take_lines().iter().for_each(|line| say(line));
    say("ends");
    Ok(())
}

/// A line with the time; that nobody reads it is no reason to end.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{} {line}", now());
}

/// Starts the thread that answers requests and waits for signals.
fn serve(
    configuration: Configuration,
    listener: Option<TcpListener>,
    to: std::sync::mpsc::SyncSender<Intake>,
    status: Arc<Status>,
) -> std::io::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build()?;
    let (started, is_started) = sync_channel(1);
    thread::spawn(move || {
        runtime.block_on(async move {
            let listener = match listener.map(tokio::net::TcpListener::from_std).transpose() {
                Ok(listener) => listener,
                Err(why) => return started.send(Err(why)),
            };
            let _ = started.send(Ok(()));
            if let Err(why) = server::serve(configuration, listener, to, status).await {
                say(&format!("the server failed: {why}"));
            }
            Ok(())
        })
    });
    is_started.recv_timeout(Duration::from_secs(10)).map_err(std::io::Error::other)?
}
