//! Documents of OpenSLO.

use core::time::Duration;
use evenkeel_core::Error;
use evenkeel_experience::slo::openslo::{
    self, Budgeting, Comparison, Length, LengthUnit, Metric, ServiceLevel, TimeWindow,
};
use evenkeel_experience::slo::{Period, Severity};
use evenkeel_stats::Generator;

/// A shop: everything by reference, in an order in which nothing is known before it is needed.
const SHOP: &str = include_str!("openslo/shop.yaml");
/// A list of objects in one document, a composite, slices, thresholds, calendars.
const MIXED: &str = include_str!("openslo/mixed.yaml");

fn read(text: &str) -> Vec<ServiceLevel> {
    openslo::read(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn references_are_resolved_whatever_their_order() {
    let levels = read(SHOP);
    let [level] = levels.as_slice() else { panic!("{levels:?}") };
    assert_eq!((level.name.as_str(), level.service.as_str()), ("checkout-availability", "shop"));
    assert_eq!(level.labels[1], ("tier".to_owned(), vec!["1".to_owned(), "gold".to_owned()]));
    assert_eq!(level.annotations[0].1, "https://runbooks.example/checkout");
    assert_eq!((level.budgeting, level.is_composite), (Budgeting::Occurrences, false));
    let targets: Vec<String> = level.objectives.iter().map(|one| one.target.to_string()).collect();
    // 99.95 percent without the last bits of a float.
    assert_eq!(targets, ["999/1000", "1999/2000"]);
    let Metric::Bad { counter: true, bad, total } = &level.objectives[0].indicator.metric else {
        panic!("{:?}", level.objectives[0].indicator)
    };
    // By its data source.
    assert_eq!(bad.kind.as_deref(), Some("Prometheus"));
    assert_eq!(bad.query(), Some("http_requests_total{route=\"/checkout\",code=~\"5..\"}"));
    assert_eq!(total.field("lookback[1].unit"), Some("s"));
    assert_eq!(level.window, Some(TimeWindow::Rolling { length: level.window.as_ref().unwrap().length() }));
    assert_eq!(level.window.as_ref().unwrap().length().to_string(), "4w");
    let [page, ticket] = level.alerts.as_slice() else { panic!("{:?}", level.alerts) };
    assert_eq!(page.targets[0].as_str(), "on-call");
    assert_eq!(ticket.targets[0].as_str(), "email");
    assert!(page.when_breaching && page.when_no_data && !page.when_resolved);
    assert_eq!(ticket.condition.comparison, Comparison::AtLeast);
}

#[test]
fn policies_become_rules() {
    let level = &read(SHOP)[0];
    let rules = level.burn_rules().unwrap();
    let hour = Duration::from_secs(3600);
    assert_eq!((rules[0].name().as_str(), rules[0].severity()), ("fast-burn", Severity::Page));
    assert_eq!((rules[0].long(), rules[0].short(), rules[0].factor()), (hour, hour / 12, 14.4));
    // Without a time to wait, the condition is as it stands: one window.
    assert_eq!((rules[1].long(), rules[1].short(), rules[1].factor()), (24 * hour, 24 * hour, 3.0));
    let monitor = level.monitor(1).unwrap().build().unwrap();
    assert_eq!(monitor.rules(), rules);
    assert!(level.monitor(2).is_err());

    // Severities are the author's own, so the author has to say what they mean.
    let odd = read(&SHOP.replace("severity: page", "severity: sev1"));
    assert!(odd[0].burn_rules().unwrap_err().to_string().contains("sev1 in checkout-fast"));
    assert!(odd[0].alerts[0].condition.rule(Severity::Page).is_ok());
    // The specification's own example has this; a low burn rate is no reason to alert.
    let low = read(&SHOP.replace("op: gt\n", "op: lte\n"));
    assert!(low[0].burn_rules().unwrap_err().to_string().contains("condition.op"));
    let none = read(&SHOP.replace("alertWhenBreaching: true", "alertWhenBreaching: false"));
    assert_eq!(none[0].burn_rules().unwrap(), []);
    // Nobody wants to be told: no monitor, and not that of somebody else.
    assert!(none[0].monitor(0).unwrap().build().is_err());
    assert!(none[0].prometheus_rules(0).unwrap().to_yaml().is_err());
    let bare = read(
        &SHOP[..SHOP.find("  alertPolicies:").unwrap()]
            .replace(
                "indicatorRef: checkout-errors",
                "indicator: {spec: {thresholdMetric: {metricSource: {type: Any}}}}",
            )
            .replace("    - displayName: aimed at\n      targetPercent: 99.95\n", "")
            .replace("target: 0.999", "target: 0.999\n      op: lt\n      value: 2"),
    );
    assert_eq!(bare[0].monitor(0).unwrap().build().unwrap().rules().len(), 4);
}

#[test]
fn slices_thresholds_composites_and_calendars() {
    let levels = read(MIXED);
    let by_name = |name: &str| levels.iter().find(|level| level.name.as_str() == name).unwrap();

    let latency = by_name("search-latency");
    assert_eq!(latency.budgeting, Budgeting::Timeslices);
    let one = &latency.objectives[0];
    assert!(
        matches!(&one.indicator.metric, Metric::Threshold(source) if source.kind.as_deref() == Some("Any"))
    );
    assert_eq!(
        (one.comparison, one.value, one.slice_target),
        (Some(Comparison::AtMost), Some(0.5), Some(0.95))
    );
    assert!(one.comparison.unwrap().holds(0.5, 0.5) && !Comparison::Less.holds(0.5, 0.5));
    // A number without a unit is in minutes.
    assert_eq!(one.slice.unwrap().duration(), Duration::from_secs(300));
    assert!(one.time_slices().is_ok());
    let window = latency.window.as_ref().unwrap();
    assert_eq!(window.period().unwrap(), Period::Quarter);
    assert!(window.calendar_budget(one.target, -5 * 3600).is_ok());
    assert!(window.rolling_budget(one.target, Duration::from_secs(3600)).is_err());

    let ratio = by_name("main-page");
    assert_eq!(ratio.budgeting, Budgeting::RatioTimeslices);
    assert_eq!(ratio.objectives[0].slice, Some(ratio.objectives[0].slice.unwrap()));
    assert!(ratio.objectives[0].time_slices().is_ok() && ratio.objectives[0].slice_target.is_none());
    let Metric::Raw { is_success: false, ratio: source } = &ratio.objectives[0].indicator.metric else {
        panic!("{ratio:?}")
    };
    assert_eq!(source.query(), Some("job:errors:ratio5m"));
    // A week that begins on Saturday at noon is read as it is, and is no period of the calendar.
    let TimeWindow::Calendar { length, start, zone } = ratio.window.as_ref().unwrap() else { panic!() };
    assert_eq!((length.unit, start.to_string().as_str()), (LengthUnit::Week, "2022-01-01 12:00:00"));
    assert_eq!(zone, "America/New_York");
    assert!(ratio.window.as_ref().unwrap().period().unwrap_err().to_string().contains("startTime"));

    let journey = by_name("purchase-journey");
    assert!(journey.is_composite && journey.window.is_none());
    assert_eq!(journey.objectives.iter().map(|one| one.weight).collect::<Vec<_>>(), [Some(1.0), Some(2.5)]);
    assert_eq!(journey.objectives[1].indicator.name.as_ref().unwrap().as_str(), "payments");
    // What the alias repeats.
    let sources: Vec<_> = journey
        .objectives
        .iter()
        .map(|one| match &one.indicator.metric {
            Metric::Good { total, .. } => total.query().unwrap().to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sources[0], sources[1]);
    assert!(journey.objectives[0].time_slices().is_err());
}

#[test]
fn lengths() {
    let text = |length: &str| SHOP.replace("duration: 4w", &format!("duration: {length}"));
    for (length, days) in [("28d", 28), ("1M", 30), ("1Q", 90), ("2Y", 730), ("48h", 2), ("1440m", 1)] {
        let level = &read(&text(length))[0];
        let window = level.window.as_ref().unwrap();
        let expected = Duration::from_secs(days * 86_400);
        assert_eq!(window.length().duration(), expected, "{length}");
        assert_eq!(window.length().to_string(), length);
        assert!(window.rolling_budget(level.objectives[0].target, Duration::from_secs(3600)).is_ok());
    }
    for length in ["", "m", "4", "0d", "-1d", "1.5h", "4 w", "4W", "1d12h", "99999999999d", "4w ", "1µ"] {
        let error = openslo::read(&text(&format!("\"{length}\""))).unwrap_err();
        assert!(error.to_string().contains("timeWindow[0].duration"), "{length}: {error}");
    }
    let Length { count, unit, .. } = read(SHOP)[0].window.as_ref().unwrap().length();
    assert_eq!((count, unit), (4, LengthUnit::Week));
}

/// What is refused, where, and why.
#[test]
fn errors_name_document_field_and_line() {
    let place = |text: &str, part: &str| {
        let before = &text[..text.find(part).unwrap_or_else(|| panic!("`{part}` is not in the document"))];
        before.lines().count().max(1) + usize::from(before.ends_with('\n'))
    };
    let of = "(SLO `checkout-availability`)";
    let cases = [
        ("target: 0.999", "target: 99.9", of, "spec.objectives[0].target: expected a share"),
        ("target: 0.999", "target: 0", of, "objectives[0].target: expected a share above 0"),
        ("target: 0.999", "target: \"0.999\"", of, "found a text in quotes"),
        ("target: 0.999", "target: .nan", of, "expected a number, found `.nan`"),
        ("target: 0.999", "target: [0.999]", of, "expected a number, found a list"),
        ("targetPercent: 99.95", "targetPercent: 100", of, "objectives[1].targetPercent: expected percent"),
        (
            "target: 0.999",
            "target: 0.999\n      latency: 1",
            of,
            "objectives[0].latency: no field of OpenSLO v1",
        ),
        ("target: 0.999", "target: 0.999\n      timeSliceTarget: 0.9", of, "timeSliceTarget: has no meaning"),
        ("target: 0.999", "target: 0.999\n      compositeWeight: 1", of, "compositeWeight: a weight"),
        ("target: 0.999", "target: 0.999\n      op: lt", of, "objectives[0].op: a ratio that has to be low"),
        ("budgetingMethod: Occurrences", "budgetingMethod: Sums", of, "spec.budgetingMethod: expected"),
        ("indicatorRef: checkout-errors", "indicatorRef: other", of, "there is no SLI `other`"),
        ("alertPolicyRef: checkout-fast", "alertPolicyRef: none", of, "spec.alertPolicies[0].alertPolicyRef"),
        (
            "conditionRef: fast-burn",
            "conditionRef: no",
            "(AlertPolicy `checkout-fast`)",
            "conditions[0].conditionRef",
        ),
        ("threshold: 14.4", "threshold: -1", "(AlertCondition `fast-burn`)", "spec.condition.threshold"),
        (
            "kind: burnrate\n",
            "kind: latency\n",
            "(AlertCondition `fast-burn`)",
            "expected burnrate, found `latency`",
        ),
        ("kind: Service\n", "kind: Team\n", "document 6", "kind: no kind of OpenSLO v1: `Team`"),
        ("isRolling: true", "isRolling: yes", of, "timeWindow[0].isRolling: expected true or false"),
        (
            "isRolling: true",
            "isRolling: false",
            of,
            "spec.timeWindow[0]: neither rolling nor with a calendar",
        ),
        ("counter: true", "raw: 1", "(SLI `checkout-errors`)", "ratioMetric.raw: expected a mapping"),
        ("service: shop\n", "service: shop\n  service: bazaar\n", "", "`service` twice"),
    ];
    for (from, to, document, what) in cases {
        let text = SHOP.replacen(from, to, 1);
        let error = openslo::read(&text).unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.contains(document) && sentence.contains(what), "{to}: {sentence}");
        let Error::Parse { line, column, .. } = error else { panic!("{error:?}") };
        assert!(column > 0 && line.abs_diff(place(&text, to)) <= 2, "{to}: {sentence}");
    }
    for (version, what) in [("openslo/v1alpha", "v1alpha"), ("openslo.com/v2alpha", "v2alpha")] {
        let error = openslo::read(&SHOP.replacen("openslo/v1", version, 1)).unwrap_err().to_string();
        assert!(error.contains("only openslo/v1") && error.contains(what), "{error}");
    }
    let twice = format!("{SHOP}---\n{SHOP}");
    assert!(openslo::read(&twice).unwrap_err().to_string().contains("document 8 (SLO"));
    for no_yaml in ["a: [", "a: b: c", "\"", "? {}\n: 1", "a: !other b", "<<: {a: b}", "*a", "a: &a [*a]"] {
        assert!(matches!(openslo::read(no_yaml), Err(Error::Parse { .. })), "{no_yaml}");
    }
    assert_eq!(openslo::read("").unwrap(), []);
    assert_eq!(openslo::read("---\n---\n# nothing\n").unwrap(), []);
}

/// The limits are met by inputs that are harmless beyond them, too.
#[test]
fn limits_on_size_depth_nodes_and_aliases() {
    let refused = |text: &str, what: &str| {
        let error = openslo::read(text).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    };
    refused(&"#".repeat((1 << 20) + 1), "bytes; at most");
    refused(&format!("{}{}", "[".repeat(33), "]".repeat(33)), "deep");
    refused(&format!("[{}]", "a,".repeat(100_001)), "more than 100000 nodes");
    let keys: String = (0..1001).map(|i| format!("k{i}: 1\n")).collect();
    refused(&keys, "more than 1000 keys");
    // Each of five lists repeats the one before ten times: 10^5 nodes if they were written out.
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..5 {
        let before = format!("*a{}", i - 1);
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![before; 10].join(", ")));
    }
    refused(&bomb, "what aliases repeat included");
    // Aliases of aliases get deeper without a single deep line.
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for i in 1..40 {
        chain.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    refused(&chain, "deep");
    // And below the limits it is read: the metadata takes what an alias repeats.
    let aliased = SHOP
        .replace("displayName: Checkout", "displayName: &name Checkout")
        .replace("description: Buying works.", "description: *name");
    assert_eq!(read(&aliased)[0].description.as_deref(), Some("Checkout"));
}

#[test]
fn mutilated_documents_are_read_or_refused() {
    let mut noise = Generator::new(7);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let mut lines: Vec<String> = SHOP.lines().map(str::to_owned).collect();
        for _ in 0..=noise.uniform_below(3) {
            let at = noise.uniform_below(lines.len() as u64) as usize;
            let other = lines[noise.uniform_below(lines.len() as u64) as usize].clone();
            match noise.uniform_below(5) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, other),
                2 => lines[at] = other,
                3 => lines[at].insert_str(0, "  "),
                _ => {
                    let marks = ["{", "]", "&a ", "*a", ":", "\"", "|", "9", "- ", "# ", "é"];
                    let mark = marks[noise.uniform_below(marks.len() as u64) as usize];
                    let length = lines[at].len();
                    lines[at].insert_str(noise.uniform_below(length as u64 + 1) as usize, mark);
                }
            }
        }
        match openslo::read(&lines.join("\n")) {
            Ok(levels) => {
                read += 1;
                for level in &levels {
                    let _ = (level.burn_rules(), level.prometheus_rules(0).map(|rules| rules.to_yaml()));
                }
            }
            Err(Error::Parse { line, what, .. }) => {
                refused += 1;
                assert!(line > 0 && !what.is_empty());
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(read > 100 && refused > 1_000, "{read} {refused}");
}
