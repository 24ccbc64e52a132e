//! False alarms, and what is found at the same budget.

use crate::folder::Folder;
use evenkeel_core::{At, Stage};
use evenkeel_eval::detectors::Budget;
use evenkeel_eval::tasks::quiet::{Change, Noise};
use evenkeel_eval::{Contest, TaskResult, monitors};

/// Raises an alarm in every row whose number can be divided by that of a budget period, from 0 on.
struct Regular {
    period: u64,
    rows: u64,
}

impl Stage<At<f64>> for Regular {
    type Output = bool;

    fn update(&mut self, _: At<f64>) -> Option<bool> {
        self.rows += 1;
        Some((self.rows - 1).is_multiple_of(self.period))
    }

    fn reset(&mut self) {
        self.rows = 0;
    }
}

fn contest(folder: &Folder) -> Contest {
    let regular = |times: f64| {
        move |budget: &Budget| {
            let rows = 86_400.0 / budget.per_day / budget.step.as_secs_f64();
            Ok(Regular { period: (rows / times).round() as u64, rows: 0 })
        }
    };
    Contest::new("quiet", folder.path())
        .unwrap()
        .without_library()
        .monitor("promised", regular(1.0), |raised| *raised)
        .monitor("quadruple", regular(4.0), |raised| *raised)
        .limit(1)
}

fn score(result: &TaskResult, method: &str, metric: &str) -> f64 {
    let found = result.method(method).and_then(|method| method.score(metric));
    found.unwrap_or_else(|| panic!("no {metric} of {method}"))
}

/// A series of each real format, far from labels but for some rows.
fn sets() -> Folder {
    let folder = Folder::new();
    let value = |t: usize| (t * 7919 + 13 * (t % 17)) % 101;
    let rows: String = (0..6_000).map(|t| format!("{}\n", value(t))).collect();
    folder.write("ucr/001_UCR_Anomaly_x_4000_5000_5010.txt", rows);
    let row = |t: usize| format!("{},{},{}\n", 60 * t, value(t), u8::from(t == 1_000));
    folder.write("wsd/1.csv", format!("timestamp,value,label\n{}", (0..5_000).map(row).collect::<String>()));
    folder
}

#[test]
fn what_is_counted_is_counted() {
    let folder = sets();
    let result = contest(&folder).run().unwrap();
    assert!(result.skipped.is_empty(), "{:?}", result.skipped);
    // Ten calm ones, five changes of each noise and four of season, two real ones.
    assert_eq!(result.cases, 10 + 50 + 4 + 2);
    for (budget, period) in [("daily", 288.0_f64), ("weekly", 2_016.0)] {
        let of = |name: &str, metric: &str| score(&result, &format!("{name}, {budget}"), metric);
        // What raises exactly as many as promised, and four times as many.
        assert!((of("promised", "alarms_drawn") - 1.0).abs() < 0.02);
        assert!((of("quadruple", "alarms_drawn") - 4.0).abs() < 0.02);
        assert_eq!((of("promised", "beyond_drawn"), of("quadruple", "beyond_drawn")), (0.0, 1.0));
        let expected = 10.0 * 20_160.0 / period;
        // The normal approximation of the quantile.
        let bound = (expected + 2.326 * expected.sqrt()) / expected;
        assert!((of("promised", "bound_drawn") - bound).abs() < 0.03 * bound);
        assert!((of("chance", "alarms_drawn") - 1.0).abs() < 4.0 / expected.sqrt());
        // Charts that know the noise keep what they were set for, on other noise than they were set with,
        // and the worse of the two is what is stated.
        assert!((of("known", "alarms_drawn") - 1.1).abs() < 5.0 / expected.sqrt());
        assert!(of("known", "recall_step3") > 0.99 && of("known", "delay_step6") <= 1.0);
        assert!(of("known", "recall") > of("chance", "recall"));
        assert!(of("known", "delay_step1") > of("known", "delay_step3"));
        assert!(result.method(&format!("known, {budget}")).unwrap().score("alarms_real").is_none());
        assert!((of("promised", "alarms_real") - 1.0).abs() < 0.6);
    }
    // A row in so many is met within a hundred or not, whatever happens.
    let share = score(&result, "quadruple, daily", "recall");
    assert!(share == 1.0 && score(&result, "promised, weekly", "recall") < 0.4);
    // Of the series with a label the longer side, 200 rows away: 5,000 - 1,201; of the other its history.
    let rows =
        |case: &str| result.case(case).unwrap().methods["promised, daily"]["rows"].as_number().unwrap();
    assert_eq!((rows("wsd/1"), rows("ucr/001_UCR_Anomaly_x_4000_5000_5010")), (2_299.0, 2_500.0));
}

#[test]
fn the_same_on_every_run() {
    let folder = Folder::new();
    let run = |threads, seed| {
        let mut result = contest(&folder).threads(threads).seed(seed).run().unwrap();
        result.methods.iter_mut().for_each(|method| method.seconds_per_case = 0.0);
        result
    };
    let first = run(1, 1);
    assert_eq!(first, run(3, 1));
    assert_ne!(first, run(3, 2));
    assert!(first.table().contains("recall of"));
}

/// What is drawn is distributed as it is said to be.
#[test]
fn noises_and_their_moments() {
    for noise in Noise::ALL {
        let (_, sd) = noise.moments();
        assert!(sd > 0.0 && noise.unit() >= sd && !noise.name().is_empty());
    }
    assert_eq!(Noise::Poisson.moments(), (5.0, 5.0_f64.sqrt()));
    assert!((Noise::Autoregressive.unit() - 2.294_157).abs() < 1e-6);
    assert_eq!(Change::ALL.len(), 6);
}

#[test]
fn monitors_are_found_by_name() {
    assert_eq!(
        monitors::names().collect::<Vec<_>>(),
        monitors::all().iter().map(|entry| entry.name().to_owned()).collect::<Vec<_>>()
    );
    assert!(monitors::by_name("evenkeel").is_some() && monitors::by_name("nobody").is_none());
    let folder = Folder::new();
    let contest = Contest::new("quiet", folder.path()).unwrap();
    let why = contest.clone().scorer("closure", || |x: f64| x).run().unwrap_err().to_string();
    assert!(why.contains("takes a monitor"), "{why}");
    let twice = contest.monitor("chance", |_| Ok(Regular { period: 9, rows: 0 }), |raised| *raised);
    assert!(twice.run().unwrap_err().to_string().contains("two methods"));
}
