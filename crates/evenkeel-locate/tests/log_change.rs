//! Components that log something else than before.

use evenkeel_core::{Signal, Timestamp};
use evenkeel_locate::logs::{LogChange, LogSet};
use evenkeel_locate::{Case, Graph, Localizer, Metric, Ranking};
use std::time::Duration;

const STATED: i64 = 200;

fn rank(logs: &LogSet, graph: Option<&Graph>) -> Ranking {
    let case =
        Case::builder(Timestamp::from_seconds(0), Duration::from_secs(1), Timestamp::from_seconds(STATED));
    let case = match graph {
        Some(graph) => case.graph(graph),
        None => case,
    };
    LogChange.rank(&case.logs(logs).build().unwrap())
}

fn lines(write: impl Fn(i64, &mut LogSet)) -> LogSet {
    let mut logs = LogSet::default();
    (0..300).for_each(|second| write(second, &mut logs));
    logs
}

#[test]
fn a_missing_line_counts_and_more_load_does_not() {
    let logs = lines(|second, logs| {
        // Three times the load from the stated time on.
        for request in 0..if second < STATED { 1 } else { 3 } {
            let (at, trace) = (Timestamp::from_seconds(second), format!("{second}-{request}"));
            logs.line(at, "edge", Some(&trace), "GET served");
            logs.line(at, "cart", Some(&trace), "asked for the cart");
            if second < STATED {
                logs.line(at, "cart", Some(&trace), "the cart was found in the store");
            }
        }
    });
    let ranking = rank(&logs, None);
    assert_eq!(ranking.first().unwrap().component(), &"cart");
    assert_eq!(ranking.suspects().len(), 1);
    let evidence = &ranking.first().unwrap().evidence()[0];
    assert_eq!((evidence.observed, evidence.expected), (0.0, Some(1.0)));
}

#[test]
fn callees_explain_their_callers() {
    let graph = Graph::from_edges([("edge", "cart", 1.0)]).unwrap();
    let logs = lines(|second, logs| {
        let (at, trace) = (Timestamp::from_seconds(second), second.to_string());
        let (edge, cart) = if second < STATED { ("served", "ok") } else { ("upstream failed", "no store") };
        logs.line_of(at, "edge", Some(&trace), edge);
        logs.line_of(at, "cart", Some(&trace), cart);
    });
    assert_eq!(logs.templates().len(), 0, "statements need no mining");
    let (without, with) = (rank(&logs, None), rank(&logs, Some(&graph)));
    assert_eq!(without.margin(), Some(0.0));
    assert_eq!(with.first().unwrap().component(), &"cart");
    // All of it is explained: 30 % of the statistic is left, which is the square of the score.
    let ratio = with.suspects()[1].score() / with.suspects()[0].score();
    assert!((ratio * ratio - 0.3).abs() < 1e-9, "{ratio}");
}

#[test]
fn lines_without_traces_are_counted_in_slots() {
    let logs = lines(|second, logs| {
        let at = Timestamp::from_seconds(second);
        (0..10).for_each(|_| logs.line(at, "edge", None, "served"));
        (0..if second < STATED { 1 } else { 5 }).for_each(|_| logs.line(at, "store", None, "slow query"));
    });
    let ranking = rank(&logs, None);
    assert_eq!(ranking.first().unwrap().component(), &"store");
    assert!(ranking.first().unwrap().score() > 3.0 * ranking.noise());
    assert_eq!(ranking.first().unwrap().evidence()[0].observed, 5.0);
}

#[test]
fn nothing_changed_or_too_little_is_no_suspicion() {
    let same = lines(|second, logs| {
        logs.line(Timestamp::from_seconds(second), "edge", Some(&second.to_string()), "served");
    });
    assert!(rank(&same, None).is_empty());
    assert!(rank(&LogSet::default(), None).is_empty());
    let mut few = LogSet::default();
    for second in [1, 2, 250, 251] {
        few.line(Timestamp::from_seconds(second), "edge", None, "served");
        few.line(Timestamp::from_seconds(second), "edge", Some(&second.to_string()), "served");
    }
    few.line(Timestamp::from_nanos(i64::MIN), "edge", Some(""), "");
    few.line(Timestamp::from_nanos(i64::MAX), "edge", None, "served");
    assert!(rank(&few, None).suspects().iter().all(|suspect| suspect.score().is_finite()));
}

/// A line by a clock that was not set, or that is years ahead, says nothing of how much is usual. The step of a
/// nanosecond makes more slots than an `i64` counts.
#[test]
fn lines_that_are_not_of_the_case_count_nothing() {
    let steady =
        |second, logs: &mut LogSet| logs.line(Timestamp::from_seconds(second), "edge", None, "served");
    let mut logs = lines(steady);
    let rank = |logs: &LogSet, step: Duration| {
        let metric = Metric::new(Signal::new("edge", "cpu"), vec![0.0; 300]);
        let case = Case::builder(Timestamp::from_seconds(0), step, Timestamp::from_seconds(STATED));
        LogChange.rank(&case.metric(metric).logs(logs).build().unwrap())
    };
    let second = Duration::from_secs(1);
    let without = rank(&logs, second);
    assert!(without.first().is_none_or(|suspect| suspect.score() == 0.0), "{without:?}");
    for at in [
        Timestamp::MIN,
        Timestamp::from_seconds(-1_000_000_000),
        Timestamp::from_seconds(4_000_000_000),
        Timestamp::MAX,
    ] {
        logs.line(at, "edge", None, "served");
    }
    assert_eq!(rank(&logs, second), without);
    assert!(
        rank(&logs, Duration::from_nanos(1)).suspects().iter().all(|suspect| suspect.score().is_finite())
    );
}

#[test]
fn lines_that_are_forgotten_were_never_there() {
    let write = |range: std::ops::Range<i64>, logs: &mut LogSet| {
        for second in range {
            let (at, trace) = (Timestamp::from_seconds(second), second.to_string());
            logs.line(at, "edge", Some(&trace), "GET served");
            logs.line(at, "cart", Some(&trace), if second < STATED { "found" } else { "lost" });
            logs.line(at, "store", None, "read a row");
        }
    };
    let (mut all, mut later) = (LogSet::default(), LogSet::default());
    write(0..300, &mut all);
    write(100..300, &mut later);
    all.retain(|at, _, _| at >= Timestamp::from_seconds(100));
    assert_eq!(all.len(), later.len());
    assert_eq!(rank(&all, None), rank(&later, None));
    let mut seen = Vec::new();
    all.retain(|at, component, trace| {
        seen.push((at, component.to_string(), trace.map(str::to_string)));
        trace.is_some() && component == "cart"
    });
    assert_eq!(seen[2], (Timestamp::from_seconds(100), "store".to_string(), None));
    assert_eq!(seen[3].2.as_deref(), Some("101"));
    assert_eq!(all.len(), 200);
    // A trace that is forgotten and comes again is one of its own.
    all.line(Timestamp::from_seconds(301), "edge", Some("0"), "GET served");
    assert_eq!(all.len(), 201);
}
