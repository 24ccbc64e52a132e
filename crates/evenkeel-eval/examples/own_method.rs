//! A detector of one's own on the Numenta Anomaly Benchmark, beside the library's, and how sure the
//! difference is.
//!
//! ```text
//! cargo run --release -p evenkeel-eval --example own_method -- NAB
//! ```
//!
//! `NAB` is the folder of <https://github.com/numenta/NAB>.

use evenkeel_core::{Direction, Score, Stage, observed};
use evenkeel_eval::{Contest, Failure, Progress, compare};
use std::io::Write;

/// How far a value is from a level that follows slowly, in units of how far values usually are.
struct Level {
    weight: f64,
    level: Option<f64>,
    usual: f64,
}

impl Stage<f64> for Level {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        let off = x - *self.level.get_or_insert(x);
        let score = if self.usual > 0.0 { off.abs() / self.usual } else { 0.0 };
        self.level = self.level.map(|level| level + self.weight * off);
        self.usual += self.weight * (off.abs() - self.usual);
        Score::new(score, Direction::Either)
    }

    fn reset(&mut self) {
        (self.level, self.usual) = (None, 0.0);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| Failure::new("usage: own_method NAB"))?;
    let mut contest = Contest::new("nab", folder)?;
    for weight in [0.1, 0.01] {
        let build = move |_: &_| Ok(Level { weight, level: None, usual: 0.0 });
        contest = contest.detector(&format!("level {weight}"), build);
    }
    let result = contest.run_telling(&mut Progress::standard_error())?;
    let comparison = compare(&result, "evenkeel", &result, "level 0.01")?;
    write!(std::io::stdout(), "{}\n{}", result.table(), comparison.table())?;
    Ok(())
}
