//! Alerts with the bound for low traffic beside those without it, on simulated services.

use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::slo::{BurnRateMonitor, BurnStatus, Events, Objective, Severity};
use evenkeel_stats::Generator;
use std::fmt::Write as _;

const BUDGET: f64 = 0.001;
const MINUTES_A_MONTH: usize = 30 * 24 * 60;
/// Requests per second.
const TRAFFIC: [f64; 6] = [0.001, 0.01, 0.1, 1.0, 10.0, 1000.0];
const BURNS: [f64; 3] = [2.0, 10.0, 100.0];
const COMMAND: &str = "EVENKEEL_BLESS=1 cargo test -p evenkeel-experience --all-features --test main -- --ignored burn_rate_drill";

/// A service with Poisson traffic of which each request fails by itself.
struct Service {
    noise: Generator,
    requests_a_minute: f64,
    minute: i64,
}

impl Service {
    fn new(seed: u64, run: u64, requests_a_second: f64) -> Self {
        let noise = Generator::stream(seed, run);
        Self { noise, requests_a_minute: 60.0 * requests_a_second, minute: 0 }
    }

    /// A Poisson number: exactly up to a mean of 100, as a rounded normal one above.
    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 100.0 {
            return (mean + mean.sqrt() * self.noise.normal()).round().max(0.0) as u64;
        }
        let (mut sum, mut count) = (self.noise.exponential(), 0);
        while sum < mean {
            sum += self.noise.exponential();
            count += 1;
        }
        count
    }

    /// The events of the next minute: thinned, good and bad ones are independent.
    fn minute(&mut self, error_rate: f64) -> At<Events> {
        let good = self.poisson(self.requests_a_minute * (1.0 - error_rate));
        let bad = self.poisson(self.requests_a_minute * error_rate);
        self.minute += 1;
        At::new(Timestamp::from_seconds(60 * self.minute), Events::new(good, bad))
    }
}

/// With the bound, and by burn rates alone.
fn monitors() -> [BurnRateMonitor; 2] {
    let objective: Objective = "99.9%".parse().unwrap();
    [
        BurnRateMonitor::builder(objective).build().unwrap(),
        BurnRateMonitor::builder(objective).without_evidence().build().unwrap(),
    ]
}

/// How often each of the two begins to page in so many minutes at a steady error rate.
fn pages(seed: u64, traffic: f64, error_rate: f64, minutes: usize) -> [u32; 2] {
    let mut service = Service::new(seed, 0, traffic);
    let (mut monitors, mut paging, mut pages) = (monitors(), [false; 2], [0; 2]);
    for _ in 0..minutes {
        let events = service.minute(error_rate);
        for (i, monitor) in monitors.iter_mut().enumerate() {
            let pages_now = monitor.update(events).unwrap().severity == Some(Severity::Page);
            pages[i] += u32::from(pages_now && !paging[i]);
            paging[i] = pages_now;
        }
    }
    pages
}

/// Minutes until something holds, for each of the two, after three days with a tenth of the budget; none
/// within three days.
fn minutes_until(
    seed: u64,
    run: u64,
    traffic: f64,
    burn: f64,
    holds: impl Fn(&BurnStatus) -> bool,
) -> [Option<u32>; 2] {
    let mut service = Service::new(seed, run, traffic);
    let (mut monitors, mut found) = (monitors(), [None; 2]);
    let before = 3 * 24 * 60;
    for _ in 0..before {
        let events = service.minute(0.1 * BUDGET);
        for monitor in &mut monitors {
            let _ = monitor.update(events);
        }
    }
    for minute in 1..=before {
        let events = service.minute(burn * BUDGET);
        for (monitor, found) in monitors.iter_mut().zip(&mut found) {
            let status = monitor.update(events).unwrap();
            if found.is_none() && holds(&status) {
                *found = Some(minute);
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found
}

fn span(minutes: Option<u32>) -> String {
    match minutes {
        None => "never".to_owned(),
        Some(minutes) if minutes < 120 => format!("{minutes} min"),
        Some(minutes) => format!("{:.1} h", f64::from(minutes) / 60.0),
    }
}

#[test]
fn at_the_budget_pages_come_no_more_often_than_alpha_says() {
    let minutes = 2 * MINUTES_A_MONTH;
    // With 36 requests an hour, one error among them is a burn rate of 28.
    let [evident, plain] = pages(1, 0.01, BUDGET, minutes);
    // Two rules page, each by chance at most once in 10^4 minutes on average.
    let allowed = 2.0 * 1e-4 * minutes as f64;
    assert!(f64::from(evident) <= allowed, "{evident} of {allowed}");
    // By burn rates alone it is much more often: the bound decides something.
    assert!(f64::from(plain) > 2.0 * allowed, "{plain}");
    // And it costs little time where it matters: of a hundredfold burn four errors are enough.
    let is_page = |status: &BurnStatus| status.severity == Some(Severity::Page);
    for run in 0..5 {
        let [evident, plain] = minutes_until(3, run, 1.0, 100.0, is_page);
        let (evident, plain) = (evident.unwrap(), plain.unwrap());
        assert!(plain <= evident && evident <= plain + 10, "{evident} {plain}");
    }
}

#[test]
#[ignore = "long: a minute of simulated months"]
fn burn_rate_drill() {
    let (months, runs) = (100, 200);
    let mut page = String::from("# Burn-rate alerts at low traffic\n\n");
    writeln!(
        page,
        "Simulated services with an objective of 99.9 %, requests and errors as Poisson processes, the four \
         recommended\nrules, looked at every minute. *Bound*: `BurnRateMonitor` as it is, which begins to alert \
         only on evidence\n(alpha 1e-4). *Plain*: the same without evidence, as in the Site Reliability \
         Workbook. Written by\n\n```text\n{COMMAND}\n```\n"
    )
    .unwrap();
    writeln!(
        page,
        "## False pages a month\n\nHow often a page begins, on average over {months} months of 30 days (seed 1), \
         while errors come exactly as often\nas the objective allows, and half as often. The bound promises at \
         most 8.6 at the budget: two rules that page,\neach at most once in 10^4 minutes.\n"
    )
    .unwrap();
    page.push_str("| requests/s | at the budget, bound | plain | at half of it, bound | plain |\n|---:|---:|---:|---:|---:|\n");
    for traffic in TRAFFIC {
        write!(page, "| {traffic} |").unwrap();
        for rate in [BUDGET, 0.5 * BUDGET] {
            let counts = pages(1, traffic, rate, months * MINUTES_A_MONTH);
            let [evident, plain] = counts.map(|count| f64::from(count) / months as f64);
            assert!(evident <= 8.64, "{traffic} {rate}: {evident}");
            write!(page, " {evident:.2} | {plain:.2} |").unwrap();
        }
        page.push('\n');
    }
    writeln!(
        page,
        "\nBy burn rates alone, one error pages where an hour has fewer than 70 requests: one of 69 is more than \
         14.4 times\na thousandth. That is 0.02 a second, and 0.2 a second with an objective of 99.99 %. With more \
         traffic, errors that\ncome one by one page by neither rule.\n\n## Time to alert\n\nFrom the moment at which errors come 2, 10 or 100 times as often as allowed, after \
         three days with a tenth of\nwhat is allowed: the median over {runs} runs (seed 2), and the time within \
         which nine of ten alert; *never*: not\nwithin three days. At a burn of 2 no page is due: that is what \
         tickets are for, so it is the time to any alert.\nThere the bound takes longer at any traffic: the rule \
         of three days has a factor of 1, and its evidence is sought\nagainst 1.5 times the budget, which needs 1.23 \
         times the budget over the three days.\n"
    )
    .unwrap();
    page.push_str("| requests/s | burn | bound: median | nine of ten | plain: median | nine of ten |\n|---:|---:|---:|---:|---:|---:|\n");
    for traffic in TRAFFIC {
        for burn in BURNS {
            let alerts = |status: &BurnStatus| {
                if burn > 2.0 { status.severity == Some(Severity::Page) } else { status.severity.is_some() }
            };
            let mut times = [Vec::new(), Vec::new()];
            for run in 0..runs {
                let found = minutes_until(2, run, traffic, burn, alerts);
                for (times, found) in times.iter_mut().zip(found) {
                    times.push(found.map_or(u32::MAX, |minutes| minutes));
                }
            }
            let quantile = |times: &mut Vec<u32>, share: f64| {
                times.sort_unstable();
                let at = times[((times.len() as f64 * share).ceil() as usize).saturating_sub(1)];
                span((at < u32::MAX).then_some(at))
            };
            let [bound, plain] = &mut times;
            writeln!(
                page,
                "| {traffic} | {burn} | {} | {} | {} | {} |",
                quantile(bound, 0.5),
                quantile(bound, 0.9),
                quantile(plain, 0.5),
                quantile(plain, 0.9)
            )
            .unwrap();
        }
    }
    println!("{page}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/burn_rate.md");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page);
}
