//! A small program that uses the detectors alone; its size is the footprint that `.ci/run` prints.

use evenkeel::detect::{Alarm, Dspot};
use evenkeel::prelude::{At, Stage, Timed, Timestamp};

fn main() {
    let alarm = Alarm::builder(1e-3).build().expect("valid settings");
    let mut line = Timed(Dspot::builder(1e-3).build().expect("valid settings")).then(alarm);
    for (i, text) in std::env::args().skip(1).enumerate() {
        let value = text.parse().unwrap_or(f64::NAN);
        if let Some(event) = line.update(At::new(Timestamp::from_seconds(i as i64), value)) {
            println!("{event:?}");
        }
    }
}
