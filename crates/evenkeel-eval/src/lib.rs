//! Academic benchmarking with evenkeel: reads a public benchmark in its own format, runs evenkeel's methods with their defaults and
//! the simple baselines, and scores them exactly as the benchmark does.
//!
//! ```text
//! cargo run --release -p evenkeel-eval -- sockshop --data ../shared/data/rca/sockshop-rcd --shift 60 --json
//! ```
//!
//! | task | what it reads | options |
//! | --- | --- | --- |
//! | `m4` | `NAME-train.csv` and `NAME-test.csv`, plain or with gzip ([`tasks::M4`]) | `--models A,B` `--limit N` `--season N` |
//! | `nab` | `data/CATEGORY/NAME.csv`, `labels/combined_windows.json`, published scores in `results` ([`tasks::Nab`]) | those of detection |
//! | `ucr` | `..._TRAINEND_BEGIN_END.txt` ([`tasks::Ucr`]) | those of detection |
//! | `wsd` | `NAME.csv` with time stamp, value, label ([`tasks::Wsd`]) | those of detection |
//! | `gutentag` | `NAME.test.csv`, `NAME.train_no_anomaly.csv` ([`tasks::Gutentag`]) | those of detection |
//! | `smap` | `SPACECRAFT/CHANNEL.{train,test}.csv`, `labeled_anomalies.csv` ([`tasks::Smap`]) | those of detection |
//! | `skab` | `FOLDER/NAME.csv` with eight sensors ([`tasks::Skab`]) | those of detection |
//! | `sockshop` | `CASE/{normal,anomalous}.csv`, plain or with gzip, and `labels.json` ([`tasks::Sockshop`]) | `--shift SECONDS` `--evidence metrics` |
//! | `tcpd` | `datasets/NAME.json`, plain or with gzip, and `annotations.json` ([`tasks::Tcpd`]) | |
//!
//! Options of detection: `--detectors` runs every detector of [`detectors::ALL`] beside the default, `--only A,B` some, `--limit N` takes
//! the first N cases. All files may be compressed with gzip. How they are scored is in [`scores`].
//!
//! Without `--json` there is a table on the standard output; with it, one object and nothing else:
//!
//! ```text
//! {"task", "cases", "methods": {NAME: {"scores": {METRIC: number}, "n", "ci95": {METRIC: [low, high]}, "seconds_per_case"}},
//!  "per_case": [...], "skipped": [{"case", "why"}]}
//! ```
//!
//! `evenkeel` is what a user gets who chooses nothing, `chance` is what guessing gets. Intervals are those of Wilson for shares,
//! and a bootstrap over cases with a fixed seed otherwise. Progress goes to the standard error.
//!
//! Exit status: 0 when every case was scored; 2 on bad arguments or an unreadable folder; 3 when some cases were skipped. The same
//! numbers on every run, with any number of threads (`--threads N`), times excepted.
//!
//! A task is one file in `tasks`; what it shares with others are [`Arguments`], [`Report`], [`interval`], [`parallel`] and the
//! readers in [`read`].
//!
//! # What it is not
//! No data is in here, none is fetched, and no setting is fitted to labels: one default for every file.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod arguments;
pub mod detectors;
pub mod interval;
pub mod parallel;
pub mod read;
mod report;
pub mod scores;
pub mod tasks;

pub use arguments::{Arguments, run, usage};
pub use report::{Failure, Method, Report, Skipped, Value};

/// The promises on all public types, held at compile time.
const _: () = {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<Arguments>();
    shared::<Failure>();
    shared::<Method>();
    shared::<Report>();
    shared::<Skipped>();
    shared::<detectors::Entry>();
    shared::<detectors::Setting>();
    shared::<detectors::Run>();
    shared::<detectors::Budget>();
    shared::<scores::nab::File>();
    shared::<scores::nab::Profile>();
    shared::<tasks::Gutentag>();
    shared::<tasks::M4>();
    shared::<tasks::Nab>();
    shared::<tasks::Skab>();
    shared::<tasks::Smap>();
    shared::<tasks::Ucr>();
    shared::<tasks::Wsd>();
    shared::<tasks::Sockshop>();
    shared::<tasks::Tcpd>();
    const fn object<T: ?Sized>() {}
    object::<dyn tasks::Task>();
};
