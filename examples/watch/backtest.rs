//! The pages that you would have had: runs recorded series through monitors at several budgets, and beside
//! them through two rules that people use, and says what each would have told, when, and for how long.
//!
//! ```text
//! cargo run --release -p evenkeel-watch --example backtest -- FOLDER... [--budget 1/7d]... [--most 3] [--svg FOLDER]
//! ```
//!
//! Everything learns from the first third of each series and is judged by the rest: `Monitor` at each budget
//! (of each series by itself); a static threshold, a tenth above the largest value of that third; and three
//! standard deviations from its mean. Without files it runs on six generated series, of which it says what is
//! wrong in them.

use evenkeel::detect::Budget;
use evenkeel_watch::arguments::{self, Outcome, budget, text};
use evenkeel_watch::backtest::{self, Backtest};
use evenkeel_watch::history::{self, History};
use evenkeel_watch::{csv, generated, picture, say};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: backtest [FILE.csv | FOLDER]... [--budget 1/7d]... [--most 3] [--svg FOLDER]
  FILE.csv, FOLDER  timestamp,value a line; of a folder all .csv files below it
  --budget N/TIME   a budget of false alarms, any number of them (default 1/1d 1/7d 1/30d)
  --most N          how many alerts of a rule are listed for each series (default 3)
  --svg FOLDER      draws each series into FOLDER/NAME.svg, alerts as stretches
  --write FOLDER    without files: writes the generated series as .csv files, too
  --seed N          without files: what is generated (default 1)";

struct Arguments {
    paths: Vec<PathBuf>,
    budgets: Vec<Budget>,
    most: usize,
    svg: Option<PathBuf>,
    write: Option<PathBuf>,
    seed: u64,
}

fn main() -> ExitCode {
    arguments::run(("backtest", USAGE), arguments(), |arguments| run(&arguments))
}

fn run(arguments: &Arguments) -> Outcome {
    say!(
        "Learned from the first third of each series. threshold: a tenth above the\n\
         largest value there. 3 sigma: three standard deviations from the mean there.\n\
         The others: monitors with that budget of false alarms for each series.\n"
    )?;
    let mut all = Vec::new();
    if arguments.paths.is_empty() {
        say!("No files: six generated series, seed {}. What they are:", arguments.seed)?;
        let folder = generated::folder(arguments.seed);
        for series in &folder {
            say!("  {:<13} {}", series.name, series.truth)?;
        }
        say!()?;
        for series in folder {
            if let Some(to) = &arguments.write {
                let path = to.join(series.name);
                csv::write(&path, &series.samples)?;
            }
            let history = History::new(series.name, series.samples).map_err(|e| e.to_string())?;
            all.push(one(&history, arguments)?);
        }
    } else {
        for path in history::files(&arguments.paths, "csv")? {
            all.push(one(&History::read(&path)?, arguments)?);
        }
    }
    say!("{}", backtest::totals(&all).trim_end())?;
    Ok(())
}

fn one(history: &History, arguments: &Arguments) -> Result<Backtest, Box<dyn Error>> {
    let tested = backtest::run(history, &arguments.budgets).map_err(|e| format!("{}: {e}", history.name))?;
    say!("{}", tested.table(arguments.most))?;
    if let Some(folder) = &arguments.svg {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let name = Path::new(&history.name).with_extension("svg");
        picture::write(&tested.chart().draw(picture::SVG_WIDTH), &folder.join(name))?;
    }
    Ok(tested)
}

/// The arguments; `None` for `--help`.
fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut found =
        Arguments { paths: Vec::new(), budgets: Vec::new(), most: 3, svg: None, write: None, seed: 1 };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("budget") => found.budgets.push(budget(&text(parser.value()?)?)?),
            Long("most") => found.most = parser.value()?.parse()?,
            Long("svg") => found.svg = Some(parser.value()?.into()),
            Long("write") => found.write = Some(parser.value()?.into()),
            Long("seed") => found.seed = parser.value()?.parse()?,
            Value(path) => found.paths.push(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    if found.write.is_some() && !found.paths.is_empty() {
        return Err("--write is for generated series, without files".into());
    }
    if found.budgets.is_empty() {
        for each in ["1/1d", "1/7d", "1/30d"] {
            found.budgets.push(budget(each)?);
        }
    }
    Ok(Some(found))
}
