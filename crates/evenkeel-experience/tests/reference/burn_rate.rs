//! `remedy/burn_rate.json`: every case, whatever its name, number and order.

use super::Meta;
use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::slo::{BurnRateMonitor, BurnRule, BurnState, Events, Objective, Severity};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    params: Params,
    total_rle: Vec<(u64, usize)>,
    errors_rle: Vec<(u64, usize)>,
    expected: Expected,
    rel_tol: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    objective: String,
    step_minutes: u64,
    windows: Vec<Window>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    name: String,
    severity: String,
    long: u64,
    short: u64,
    factor: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    firing_intervals_half_open: BTreeMap<String, Vec<(usize, usize)>>,
    sample_at: Vec<usize>,
    burn_short_long_of_first_window: Vec<(Option<f64>, Option<f64>)>,
    burn_over_whole_series: Option<f64>,
}

fn decode(runs: &[(u64, usize)]) -> Vec<u64> {
    runs.iter().flat_map(|(value, count)| std::iter::repeat_n(*value, *count)).collect()
}

#[test]
fn alerts_fire_to_the_minute() {
    let file: File = load("remedy", "burn_rate.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        let (name, params) = (&case.name, &case.params);
        let tolerance = case.rel_tol.unwrap_or(file.meta.default_rel_tol);
        let objective: Objective = params.objective.parse().unwrap();
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let rules = params.windows.iter().map(|window| {
            let severity = match window.severity.as_str() {
                "page" | "critical" => Severity::Page,
                _ => Severity::Ticket,
            };
            BurnRule::new(
                window.name.as_str(),
                severity,
                minutes(window.long),
                minutes(window.short),
                window.factor,
            )
            .unwrap()
        });
        let mut monitor = BurnRateMonitor::builder(objective)
            .rules(rules)
            .resolution(minutes(params.step_minutes))
            .without_evidence()
            .build()
            .unwrap();
        let (total, errors) = (decode(&case.total_rle), decode(&case.errors_rle));
        assert_eq!(total.len(), errors.len(), "{name}");
        let mut firing: Vec<Vec<(usize, usize)>> = vec![Vec::new(); params.windows.len()];
        let mut all = Events::NONE;
        let (mut sampled, mut decided) = (0, 0);
        for (t, (total, bad)) in total.iter().zip(&errors).enumerate() {
            let events = Events::new(total - bad, *bad);
            all += events;
            let time = Timestamp::EPOCH + minutes(params.step_minutes * t as u64);
            let _ = monitor.update(At::new(time, events));
            for (rule, state) in monitor.states().iter().enumerate() {
                if *state == BurnState::Firing {
                    decided += 1;
                    match firing[rule].last_mut() {
                        Some(last) if last.1 == t => last.1 = t + 1,
                        _ => firing[rule].push((t, t + 1)),
                    }
                }
            }
            if let Some(k) = case.expected.sample_at.iter().position(|at| *at == t) {
                let found = monitor.burn_rates(0).unwrap();
                let expected = case.expected.burn_short_long_of_first_window[k];
                for (found, expected) in [(found.0, expected.0), (found.1, expected.1)] {
                    assert_eq!(found.is_some(), expected.is_some(), "{name} at {t}");
                    assert_close!(
                        found.unwrap_or(0.0),
                        expected.unwrap_or(0.0),
                        tolerance,
                        0.0,
                        "{name} at {t}"
                    );
                }
                sampled += 1;
            }
        }
        assert_eq!(sampled, case.expected.sample_at.len(), "{name}");
        assert_eq!(case.expected.firing_intervals_half_open.len(), params.windows.len(), "{name}");
        let minutes: usize =
            case.expected.firing_intervals_half_open.values().flatten().map(|(a, b)| b - a).sum();
        assert_eq!(decided, minutes, "{name}");
        for (window, firing) in params.windows.iter().zip(firing) {
            assert_eq!(
                firing, case.expected.firing_intervals_half_open[&window.name],
                "{name}: {}",
                window.name
            );
        }
        let whole = objective.burn_rate(all);
        assert_eq!(whole.is_some(), case.expected.burn_over_whole_series.is_some(), "{name}");
        let expected = case.expected.burn_over_whole_series.unwrap_or(0.0);
        assert_close!(whole.unwrap_or(0.0), expected, tolerance, 0.0, "{name}");
    }
}
