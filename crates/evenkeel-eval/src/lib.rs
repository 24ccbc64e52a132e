//! Runs a method of your own, or evenkeel's, on public benchmarks of anomaly detection, forecasting, fault
//! localization and change points, reads them in their own formats, and scores exactly as they do.
//!
//! ```
//! use evenkeel_eval::Contest;
//!
//! // A folder in the format of the benchmark `wsd`: a file a series, with rows of time, value, label.
//! // Yours is the benchmark itself.
//! let folder = std::env::temp_dir().join(format!("evenkeel-eval-page-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let value = |t: usize| if t == 600 { 50 } else { t % 7 };
//! let row = |t: usize| format!("{},{},{}\n", 60 * t, value(t), u8::from(t == 600));
//! let rows: String = (0..1_000).map(row).collect();
//! std::fs::write(folder.join("series.csv"), format!("timestamp,value,label\n{rows}"))?;
//!
//! // A detector of your own: it is given one value after the other, and sees nothing that comes later.
//! let result = Contest::new("wsd", &folder)?
//!     .scorer("jump", || {
//!         let mut last = f64::NAN;
//!         move |x: f64| (x - std::mem::replace(&mut last, x)).abs()
//!     })
//!     .run()?;
//!
//! print!("{}", result.table()); // beside "evenkeel", "chance" and "difference"
//! let score = |method: &str| result.method(method).and_then(|method| method.score("vus_pr"));
//! assert!(score("jump") > score("chance"));
//! result.write(folder.join("today.json"))?; // to be compared with tomorrow's
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What takes part
//!
//! | what you have | call | tasks |
//! | --- | --- | --- |
//! | a closure that scores values | [`Contest::scorer`] | `nab` `ucr` `wsd` `gutentag` `smap` `skab` `injected` |
//! | a `Stage<f64, Output = Score>` | [`Contest::detector`]`(name, \|_\| Ok(stage))` | the same |
//! | a `Stage<&[f64], Output = Score>`, for all columns at once | [`Contest::row_detector`] | the same |
//! | a program in any language | [`Contest::program`] | the same |
//! | a closure that forecasts | [`Contest::forecaster`] | `m4` |
//! | a `Fit` whose `Fitted` is a `Forecaster` | [`Contest::estimator`] | the same |
//! | a closure that ranks the suspects of a fault | [`Contest::ranker`] | `sockshop`, `petshop`, `nezha` |
//! | a `Localizer<Case>` | [`Contest::localizer`] | the same |
//! | a closure that finds change points | [`Contest::segmenter`] | `tcpd` |
//! | a closure that groups log lines | [`Contest::log_parser`] | `loghub` |
//! | a closure that finds combinations of attributes | [`Contest::attributor`] | `multidim` |
//! | a stage of values with times that raises alarms | [`Contest::monitor`] | `quiet` |
//! | one of the library's | [`Contest::enter`]`(`[`detectors::by_name`]`(..))`, [`Contest::with_library_only`] | each |
//!
//! Closures may capture parameters. A method that fails on a case, or panics, is left out of that case alone,
//! and the result says why. In results, `evenkeel` is the library's recommended default, and `chance` is what
//! guessing gets. [`detectors`], [`forecasters`], [`localizers`] and [`segmenters`] each have
//! `by_name("evenkeel")` and a list of `names()`.
//!
//! A forecaster is given a history, a horizon and levels, and answers with means, and with quantiles at these
//! levels if it has any:
//!
//! ```
//! use evenkeel_eval::{Contest, forecasters::Forecast};
//!
//! # let folder = std::env::temp_dir().join(format!("evenkeel-eval-forecaster-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! std::fs::write(folder.join("Quarterly-train.csv"), "name,V1,V2,V3,V4,V5,V6,V7,V8\nQ1,1,2,3,4,3,4,5,6\n")?;
//! std::fs::write(folder.join("Quarterly-test.csv"), "name,V1,V2\nQ1,5,6\n")?;
//! let weight = 0.5;
//! let result = Contest::new("m4", &folder)?
//!     .without_library()
//!     .forecaster("damped", move |question| {
//!         let n = question.history.len();
//!         let (last, step) = (question.history[n - 1], question.history[n - 1] - question.history[n - 2]);
//!         Ok(Forecast::of_means((1..=question.horizon).map(|h| last + step * weight * h as f64).collect()))
//!     })
//!     .run()?;
//! assert_eq!(result.method("damped").unwrap().score("mase"), Some(0.625)); // errors of 1.5 and 1 in steps of 2
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A localizer is given a case, and never sees its label:
//!
//! ```
//! use evenkeel_eval::Contest;
//! use evenkeel_locate::{Case, Ranking};
//!
//! # let folder = std::env::temp_dir().join(format!("evenkeel-eval-localizer-{}", std::process::id()));
//! # std::fs::create_dir_all(folder.join("cart-cpu/1"))?;
//! let window = |cart: f64| -> String {
//!     let row = |t: usize| format!("{t},{},{}\n", cart + (t % 3) as f64, 5 + t % 2);
//!     format!("time,cart_cpu,shop_cpu\n{}", (0..60).map(row).collect::<String>())
//! };
//! std::fs::write(folder.join("cart-cpu/1/normal.csv"), window(1.0))?;
//! std::fs::write(folder.join("cart-cpu/1/anomalous.csv"), window(9.0))?;
//! let farthest = |case: &Case<'_>| {
//!     let (stated, end) = (case.stated_row(), case.rows());
//!     let mean = |(a, b): (&[f64], &[f64])| a.iter().chain(b).sum::<f64>() / (a.len() + b.len()) as f64;
//!     let moved = case.metrics().iter().map(|metric| {
//!         let (before, after) = (mean(metric.rows(0..stated)), mean(metric.rows(stated..end)));
//!         (metric.signal().clone(), (after - before).abs())
//!     });
//!     Ranking::of_metrics(moved.collect())
//! };
//! let result = Contest::new("sockshop", &folder)?.ranker("farthest", farthest).run()?;
//! assert_eq!(result.method("farthest").unwrap().score("ac1"), Some(1.0));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What comes out
//! A [`TaskResult`]: scores with 95 % intervals (Wilson's for shares, otherwise a bootstrap over cases with a
//! fixed seed), what each method said of each case, and what was skipped and why. It can be written as JSON
//! and read back, and [`compare`] pairs two results case by case. The readers of all formats are in
//! [`tasks`], the scorers in [`scores`], for those who need only one of them.
//!
//! # The command line
//! ```text
//! evenkeel-eval nab --help                                             # what it reads and where it is
//! evenkeel-eval nab --data NAB --out before.json                       # runs every detector
//! evenkeel-eval nab --data NAB --program 'python3 mine.py' --json      # an outside detector beside
//! evenkeel-eval compare before.json after.json                         # case by case
//! ```
//!
//! | task | what it reads | where to get it |
//! | --- | --- | --- |
//! | [`m4`](tasks::m4) | `NAME-train.csv` and `NAME-test.csv` | <https://github.com/Mcompetitions/M4-methods> |
//! | [`nab`](tasks::nab) | `data/CATEGORY/NAME.csv`, `labels/combined_windows.json`, published scores in `results` | <https://github.com/numenta/NAB> |
//! | [`ucr`](tasks::ucr) | `..._TRAINEND_BEGIN_END.txt` | <https://www.cs.ucr.edu/~eamonn/time_series_data_2018/> |
//! | [`wsd`](tasks::wsd) | `NAME.csv` with time stamp, value, label | <https://github.com/alumik/AnoTransfer-data> |
//! | [`gutentag`](tasks::gutentag) | `NAME.test.csv`, `NAME.train_no_anomaly.csv` | <https://github.com/HPI-Information-Systems/AutoTSAD> |
//! | [`smap`](tasks::smap) | `SPACECRAFT/CHANNEL.{train,test}.csv`, `labeled_anomalies.csv` | <https://github.com/khundman/telemanom>, <https://github.com/imperial-qore/TranAD> |
//! | [`skab`](tasks::skab) | `FOLDER/NAME.csv` with eight sensors | <https://github.com/waico/SKAB> |
//! | [`injected`](tasks::injected) | the folders of `ucr`, `smap`, `gutentag`, `skab` side by side | as above |
//! | [`quiet`](tasks::quiet) | those of `ucr`, `smap`, `gutentag`, `skab`, `wsd`, `nab` side by side, or none | as above |
//! | [`tcpd`](tasks::tcpd) | `datasets/NAME.json` and `annotations.json` | <https://github.com/alan-turing-institute/TCPD> |
//! | [`sockshop`](tasks::sockshop) | `CASE/{normal,anomalous}.csv` and `labels.json` | <https://github.com/azamikram/rcd> |
//! | [`petshop`](tasks::petshop) | `SCENARIO/graph.csv`, `CASE/metrics.csv`, `CASE/target.json` | <https://github.com/amazon-science/petshop-root-cause-analysis> |
//! | [`nezha`](tasks::nezha) | `labels.json`, `SYSTEM/CASE/{metrics,trace*,log*}.csv`, files of normal minutes | <https://github.com/IntelligentDDS/Nezha> |
//! | [`loghub`](tasks::loghub) | `SYSTEM/*.log_structured.csv` | <https://github.com/logpai/loghub> |
//! | [`multidim`](tasks::multidim) | `labels.json` and `NAME.csv` | <https://github.com/shaido987/riskloc> |
//!
//! All files may be compressed with gzip. `TASK --help` names the license as far as it is known, the metrics
//! and the options. Without `--json` there is a table on the standard output; with it, one object and nothing
//! else:
//!
//! ```text
//! {"task", "cases", "methods": {NAME: {"scores": {METRIC: number}, "n", "ci95": {METRIC: [low, high]}, "seconds_per_case"}},
//!  "per_case": [{"case", "methods": {NAME: {...}}, ...}], "skipped": [{"case", "why"}]}
//! ```
//!
//! Progress goes to the standard error: a line that is written over on a terminal, a line now and then
//! elsewhere.
//!
//! Exit status: 0 when every case was scored; 2 on bad arguments or an unreadable folder; 3 when some cases
//! were skipped. The same numbers on every run, with any number of threads (`--threads N`), times excepted.
//!
//! # What it is not
//! No data is in here, none is fetched, and no setting is fitted to labels: one default for every file.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod attributors;
mod command_line;
mod comparison;
mod contest;
pub mod detectors;
mod entry;
mod failure;
pub mod forecasters;
pub mod injection;
pub mod interval;
mod kind;
pub mod localizers;
pub mod log_parsers;
pub mod monitors;
pub mod parallel;
mod progress;
pub mod read;
mod result;
pub mod scores;
pub mod segmenters;
mod suggestion;
pub mod tasks;

pub use command_line::{run, usage};
pub use comparison::{Comparison, MetricComparison, compare};
pub use contest::{Contest, EvidenceKind};
pub use entry::Entry;
pub use failure::{BoxError, Failure};
pub use kind::Kind;
pub use progress::Progress;
pub use result::{CaseResult, Cost, Method, Skipped, TaskResult, Value};

// The promises on all public types, held at compile time.
evenkeel_core::assert_shared!(
    CaseResult,
    Comparison,
    Contest,
    Cost,
    Entry,
    Failure,
    Kind,
    Method,
    MetricComparison,
    Progress<'static>,
    Skipped,
    TaskResult,
    Value,
    detectors::Budget,
    detectors::Entry,
    detectors::Program,
    detectors::Run,
    detectors::Setting,
    forecasters::Entry,
    forecasters::Forecast,
    forecasters::Question<'static>,
    injection::Injection,
    injection::Anomaly,
    localizers::Entry,
    monitors::Entry,
    segmenters::Entry,
    log_parsers::Entry,
    attributors::Entry,
    tasks::loghub::Case,
    tasks::multidim::Case,
    scores::nab::File,
    scores::nab::Profile,
    tasks::Task,
    tasks::labeled::Case,
    tasks::m4::Case,
    tasks::nab::Case,
    tasks::quiet::Change,
    tasks::quiet::Noise,
    tasks::nezha::Incident,
    tasks::petshop::Issue,
    tasks::sockshop::Recording,
    tasks::tcpd::Case,
    tasks::ucr::Case,
);
