//! A detector of one's own: a stage like the library's, with a calibrator and an alarm behind it.
//!
//! ```text
//! cargo run -p evenkeel --example own_detector
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::detect::{Alarm, RankCusum};
use evenkeel::observed;
use evenkeel::prelude::*;
use evenkeel::stats::Generator;
use std::time::Duration;

/// How far a value is from half way between the two before it.
#[derive(Default)]
struct Bend {
    before: Option<(f64, f64)>,
}

impl Stage<f64> for Bend {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?; // a missing value teaches nothing
        let bend = self.before.map(|(a, b)| x - 2.0 * b + a);
        self.before = Some(self.before.map_or((x, x), |(_, b)| (b, x)));
        Score::new(bend?.abs(), Direction::Either)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

fn main() -> Result<(), Error> {
    let minute = Duration::from_secs(60);
    let alarm = Alarm::for_budget(1.0, Duration::from_secs(86_400), minute)?.build()?;
    let calibrator = RankCusum::builder(alarm.raise_at()).build()?;
    let mut line = Timed(Bend::default().then(calibrator)).then(alarm);

    let mut noise = Generator::new(4);
    for i in 0..1_500 {
        let jitter = if (1_000..1_100).contains(&i) { 6.0 } else { 1.0 };
        let time = Timestamp::from_seconds(1_772_409_600 + 60 * i);
        if let Some(event) = line.update(At::new(time, 20.0 + jitter * noise.normal())) {
            println!("{event}");
        }
    }
    Ok(())
}
