//! Rules of Prometheus, checked and run by `promtool` where it is installed.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::slo::{
    BurnRateMonitor, BurnRule, BurnState, Events, Objective, PrometheusIndicator, PrometheusRules, Severity,
};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

fn indicator() -> PrometheusIndicator {
    PrometheusIndicator::bad("requests_total{code=\"500\"}", "requests_total").unwrap()
}

/// Runs `promtool` on files in a folder of their own; none if it is not installed, which is said aloud.
fn promtool(test: &str, arguments: &[&str], files: &[(&str, &str)]) -> Option<(bool, String)> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    match Command::new("promtool").args(arguments).current_dir(&folder).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
        }
        Err(error) => {
            println!("SKIPPED {test}: promtool cannot be run ({error}); Debian has it in `prometheus`");
            None
        }
    }
}

fn check(test: &str, rules: &str) {
    if let Some((holds, said)) = promtool(test, &["check", "rules", "rules.yaml"], &[("rules.yaml", rules)]) {
        assert!(holds, "{said}\n{rules}");
    }
}

#[test]
fn names_and_labels_of_any_kind_are_written_as_they_are() {
    let objective: Objective = "99.9%".parse().unwrap();
    let names = [
        "plain",
        "quote\" and 'quote'",
        "back\\slash\\n",
        "Größe 大小 🛒",
        "{{ .Value }} {{",
        "a: b # c",
        "line\nbreak",
        "\u{1}\u{2028}",
    ];
    let mut files = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        let good = r#"http_requests_total{path="/a}\"b\\c",code!~"5..|4.9",region='München',x=`{`}"#;
        let indicator = PrometheusIndicator::good(good, "http_requests_total").unwrap();
        let rules = PrometheusRules::new(name, objective, indicator)
            .label("team", name)
            .alert_without_data(Severity::Ticket);
        let text = rules.to_yaml().unwrap();
        assert!(text.contains(good), "{text}");
        files.push((format!("names-{i}.yaml"), text));
        files.push((format!("names-{i}-plain.yaml"), rules.without_evidence().to_yaml().unwrap()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut arguments = vec!["check", "rules"];
    arguments.extend(files.iter().map(|(name, _)| *name));
    if let Some((holds, said)) = promtool("names", &arguments, &files) {
        assert!(holds, "{said}");
        assert_eq!(said.matches("SUCCESS").count(), files.len(), "{said}");
    }
    let template = "sum(rate(requests_total{code=\"500\"}[{{.window}}]))";
    let indicator = PrometheusIndicator::bad(template, "sum( requests_total )").unwrap();
    let text = PrometheusRules::new("template", objective, indicator).to_yaml().unwrap();
    assert!(
        text.contains("[5m]") && text.contains("sum(increase(requests_total[1h]))") && !text.contains("{{")
    );
    check("template", &text);
}

/// Writes down when the alerts fire by our monitor, and lets `promtool` find the same.
fn same_alerts(test: &str, counts: &[Events], has_evidence: bool, with_good: bool) -> u32 {
    let objective: Objective = "99.9%".parse().unwrap();
    // The two that page, so that promtool is done sooner.
    let pages = BurnRule::recommended().unwrap()[..2].to_vec();
    let builder = BurnRateMonitor::builder(objective).rules(pages.clone());
    let builder = if has_evidence { builder } else { builder.without_evidence() };
    let mut monitor = builder.build().unwrap();
    let rules = match with_good {
        // No series of good ones exists where there never was one.
        true => PrometheusIndicator::good("requests_total{code=\"200\"}", "requests_total").unwrap(),
        false => indicator(),
    };
    let rules = PrometheusRules::new("shop", objective, rules).rules(pages);
    let rules = if has_evidence { rules } else { rules.without_evidence() }.to_yaml().unwrap();
    let (mut good, mut bad) = (vec![0], vec![0]);
    let mut firing: Vec<Vec<String>> = vec![Vec::new()];
    for (i, events) in counts.iter().enumerate() {
        good.push(good[i] + events.good);
        bad.push(bad[i] + events.bad);
        let _ = monitor.update(At::new(Timestamp::from_seconds(60 * (i as i64 + 1)), *events));
        let names = monitor.rules().iter().zip(monitor.states());
        let names = names.filter(|(_, state)| **state == BurnState::Firing);
        firing.push(names.map(|(rule, _)| rule.name().as_str().to_owned()).collect());
    }
    let mut unit =
        String::from("rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n");
    unit.push_str("    input_series:\n");
    for (code, values) in [("200", good), ("500", bad)] {
        if values.iter().all(|count| *count == 0) {
            continue;
        }
        let values: Vec<String> = values.iter().map(u64::to_string).collect();
        let series = format!("requests_total{{code=\"{code}\"}}");
        writeln!(unit, "      - series: '{series}'\n        values: '{}'", values.join(" ")).unwrap();
    }
    unit.push_str("    promql_expr_test:\n");
    let mut compared = 0;
    for i in (2..firing.len() - 2).step_by(2) {
        // A scrape more or less does not matter.
        if firing[i - 2..=i + 2].iter().any(|names| *names != firing[i]) {
            continue;
        }
        compared += u32::from(!firing[i].is_empty());
        write!(unit, "      - expr: count by (rule) (ALERTS{{alertstate=\"firing\",slo=\"shop\"}})\n        eval_time: {i}m\n        exp_samples:").unwrap();
        for name in &firing[i] {
            write!(unit, "\n          - {{labels: '{{rule=\"{name}\"}}', value: 1}}").unwrap();
        }
        unit.push_str(if firing[i].is_empty() { " []\n" } else { "\n" });
    }
    let files = [("rules.yaml", rules.as_str()), ("unit.yaml", unit.as_str())];
    if let Some((holds, said)) = promtool(test, &["test", "rules", "unit.yaml"], &files) {
        assert!(holds, "{said}\n{rules}");
    }
    compared
}

#[test]
fn prometheus_pages_when_the_monitor_does() {
    // A thousand a minute; four percent fail for half an hour.
    let busy: Vec<Events> = (0..150)
        .map(|i| if (60..85).contains(&i) { Events::new(960, 40) } else { Events::new(1000, 0) })
        .collect();
    assert!(same_alerts("busy", &busy, true, true) > 5);

    // A request in four minutes, most of them good: one error does not page, by burn rates alone it does.
    let quiet = |from: usize| {
        (0..150).map(move |i| match (i % 4, i >= from) {
            (0, false) => Events::new(1, 0),
            (0, true) => Events::new(0, 1),
            _ => Events::NONE,
        })
    };
    let one: Vec<Events> =
        quiet(120).enumerate().map(|(i, x)| if i > 120 { Events::NONE } else { x }).collect();
    assert_eq!(same_alerts("one-error", &one, true, false), 0);
    assert!(same_alerts("one-error-plain", &one[..135], false, false) > 0);
    // And when all fail, it does, also if there never was a good one.
    let outage: Vec<Events> = quiet(80).collect();
    assert!(same_alerts("outage", &outage, true, false) > 10);
    let never_good: Vec<Events> = quiet(0).collect();
    assert!(same_alerts("never-good", &never_good, true, true) > 10);

    // It goes on while it burns, also when a flood of good ones long ago was followed by few errors, which
    // would be no evidence by themselves any more.
    let fading: Vec<Events> = (0..150)
        .map(|i| match i {
            0..60 => Events::new(50, 0),
            60..70 => Events::new(40, 10),
            _ => Events::new(u64::from(i % 10 != 0) * 20, u64::from(i % 10 == 0)),
        })
        .collect();
    assert!(same_alerts("fading", &fading, true, false) > 10);
}

#[test]
fn without_traffic_there_is_no_burn_rate() {
    let rules = PrometheusRules::new("shop", "99.9%".parse().unwrap(), indicator())
        .alert_without_data(Severity::Ticket)
        .to_yaml()
        .unwrap();
    // Traffic for an hour, then silence; then the series itself is gone.
    let unit = "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n      \
                - {series: 'requests_total{code=\"200\"}', values: '0+100x60 6000x500 _x500'}\n    \
                promql_expr_test:\n      \
                - {expr: 'slo:burn_rate:5m', eval_time: 50m, exp_samples: [{labels: 'slo:burn_rate:5m{slo=\"shop\"}', value: 0}]}\n      \
                - {expr: 'slo:burn_rate:5m', eval_time: 90m, exp_samples: []}\n      \
                - {expr: 'slo:valid_events:5m', eval_time: 90m, exp_samples: [{labels: 'slo:valid_events:5m{slo=\"shop\"}', value: 0}]}\n      \
                - {expr: 'slo:burn_rate:3d', eval_time: 1000m, exp_samples: [{labels: 'slo:burn_rate:3d{slo=\"shop\"}', value: 0}]}\n      \
                - {expr: 'count(ALERTS{alertname=\"SloWithoutData\"}) or vector(0)', eval_time: 60m, exp_samples: [{labels: '{}', value: 0}]}\n      \
                - {expr: 'count(ALERTS{alertname=\"SloWithoutData\",severity=\"ticket\",slo=\"shop\"})', eval_time: 800m, exp_samples: [{labels: '{}', value: 1}]}\n      \
                - {expr: 'count(ALERTS{alertname=\"SloWithoutData\"})', eval_time: 1000m, exp_samples: [{labels: '{}', value: 1}]}\n";
    let files = [("rules.yaml", rules.as_str()), ("unit.yaml", unit)];
    if let Some((holds, said)) = promtool("silence", &["test", "rules", "unit.yaml"], &files) {
        assert!(holds, "{said}\n{rules}");
    }
}

#[test]
fn what_is_refused() {
    for query in [
        "",
        "sum()",
        "rate(x[5m])",
        "x[5m]",
        "a + b",
        "x{a=\"b\"} or y",
        "x{a=\"b\"",
        "x{a=\"}\"",
        "1x",
        "{",
        "x}",
        "sum by (a) (x)",
    ] {
        assert!(PrometheusIndicator::bad(query, "x").is_err(), "{query}");
    }
    for query in ["x", "a:b_c", "x{}", "{job=\"a\"}", "x {a='}'}", "sum(x{a=\"(\"})", "f(x[{{ .window }}])"] {
        assert!(PrometheusIndicator::good(query, "x").is_ok(), "{query}");
    }
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let objective: Objective = "99%".parse().unwrap();
    let rules = || PrometheusRules::new("a", objective, indicator());
    let rule =
        |name: &str, factor| BurnRule::new(name, Severity::Page, minutes(60), minutes(5), factor).unwrap();
    assert!(rules().rules([]).to_yaml().is_err());
    assert!(rules().rules([rule("a", 2.0), rule("a", 3.0)]).to_yaml().is_err());
    assert!(rules().rules([rule("a", 100.0)]).to_yaml().is_err());
    assert!(rules().rules([rule("a", 100.0)]).without_evidence().to_yaml().is_ok());
    let odd =
        BurnRule::new("odd", Severity::Page, Duration::from_millis(1500), Duration::from_millis(1500), 1.0);
    assert!(rules().rules([odd.unwrap()]).to_yaml().is_err());
    assert!(rules().evidence(1.0).to_yaml().is_err());
    for label in ["slo", "severity", "a b", "", "1a", "__a", "ä"] {
        assert!(rules().label(label, "x").to_yaml().is_err(), "{label}");
    }
    assert!(rules().label("a", "x").label("a", "y").to_yaml().is_err());
}

#[cfg(feature = "openslo")]
#[test]
fn documents_become_rules() {
    use evenkeel_experience::slo::openslo;
    let shop = include_str!("openslo/shop.yaml");
    let level = &openslo::read(shop).unwrap()[0];
    let text = level.prometheus_rules(0).unwrap().to_yaml().unwrap();
    assert!(text.contains("http_requests_total{route=\"/checkout\",code=~\"5..\"}[1d]"), "{text}");
    // By the policies of the document, of which one asks for an alert without data.
    assert!(text.contains("rule: \"fast-burn\"") && text.contains("SloWithoutData") && !text.contains("3d"));
    check("openslo", &text);
    assert!(level.prometheus_rules(2).is_err());
    let mixed = openslo::read(include_str!("openslo/mixed.yaml")).unwrap();
    for (level, why) in mixed.iter().zip(["budgetingMethod", "budgetingMethod", "metricSource.type"]) {
        let error = level.prometheus_rules(0).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
