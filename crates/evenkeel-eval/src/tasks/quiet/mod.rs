//! Quiet: how often monitors raise false alarms, and what they find at the same budget.
//!
//! *Reads* the folders of `ucr`, `smap`, `gutentag`, `skab`, `wsd` and `nab` side by side, those that are
//! there: of the first four the parts without an anomaly that each gives to learn, of `wsd` and `nab` the
//! longest stretch of each series that is at least 200 rows away from any labeled row. Series of fewer than
//! 2,500 rows or without variation are left out, longer ones cut to 21,660; of each set 8 are taken, evenly
//! spread over its names. No folder is needed for what is drawn.
//!
//! *Rows* count as five minutes, whatever they were, so that a budget of one false alarm a day is one in 288
//! rows, of one a week one in 2,016. Each monitor runs with both, as `NAME, daily` and `NAME, weekly`. Alarms
//! in the first 1,500 rows do not count: it may learn there.
//!
//! *Cases*: 4 series (`--limit N`) of each [kind of noise](Noise), calm for ten weeks after those rows;
//! 4 of each kind and each [change](Change), calm for 500 to 600 rows and then changed for good, change of
//! season on the seasonal kind alone, with 16 series; the real ones, 2 N of each set.
//!
//! *Methods*: `evenkeel`, the default monitor; with `--only A,B` others of [`crate::monitors`]; one's own by
//! [`Contest::monitor`](crate::Contest::monitor). `chance` raises an alarm in each row with the probability
//! of the budget. `known`: of CUSUM (for steps of 1 sd) and FOCuS, both of which know the distribution of the
//! noise, and are given innovations in units of it, without its season and its wander and with its
//! autocorrelation removed, whichever finds more of a change in a kind of noise, of equal ones the faster,
//! and the larger number of their false alarms; their thresholds come from 200 budgets of simulated noise.
//! What can be found at all, nobody who has to learn the noise finds more of; changes of variance and season
//! are not what these two look for.
//!
//! *Metrics*, in units of the budget, which is 1: `alarms_drawn`, `alarms_real`: false alarms, pooled, over
//! what the budget allows in those rows. `bound_drawn`, `bound_real`: how many that may be at the 99 %
//! quantile of a Poisson distribution, pooled. `beyond_drawn`, `beyond_real`: of stretches of ten budget
//! periods (of a real series at least five) the share with more than three times the alarms. `recall`: the
//! share of changes after which an alarm is raised within 100 rows, to be set beside that of `chance`;
//! `delay`: the median of rows until then, of those found. One that is in an alarm already raises none.
//! All of them by kinds of noise, by sets, and by changes. Nothing is drawn anew from run to run
//! (`--seed N`).

mod calm;
mod known;
mod noise;
mod task;

pub use noise::{Change, Noise};
pub use task::TASK;
