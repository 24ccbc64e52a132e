//! A day of scrapes, as fast as it goes, and how much memory that takes.

use crate::turns::folder;
use evenkeel::ingest::Findings;
use evenkeel::ingest::collector::Origin;
use evenkeel::ingest::exposition::Exposition;
use evenkeel::prelude::Timestamp;
use evenkeel_agent::{Agent, Configuration, Intake, resident_bytes};
use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the readme states for 2,000 series: 8 KiB each, twice the names that they may become.
const CAP: u64 = 16 << 20;

/// In a process of its own: other tests take memory too.
#[test]
#[ignore = "long"]
fn a_day_of_scrapes_stays_within_its_cap() {
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", "day::scrapes_of_a_day", "--nocapture"]).env(ALONE, "1");
    let output = alone.output().unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("times as fast as the day"));
}

/// Set for that process.
const ALONE: &str = "EVENKEEL_AGENT_DAY";

/// Five programs with 400 series each, every 15 s of a day; every two hours one of them is replaced, so that
/// its series get other labels. What the test before runs; alone a test that does nothing.
#[test]
fn scrapes_of_a_day() {
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    let folder = folder("day");
    let text = format!(
        r#"
        [state]
        folder = "{}"
        [limits]
        max_series = 2000
        [[scrape]]
        url = "http://127.0.0.1:1/metrics"
        component = "cart"
        [[symptom]]
        name = "users"
        objective = 0.02
        all = "requests_total"
        bad = 'requests_total{{code="5*"}}'
        "#,
        folder.display()
    );
    let configuration = Configuration::parse(&text).unwrap();
    let mut agent = Agent::new(&configuration).unwrap();
    let before = resident_bytes().unwrap();
    let (began, mut peak, mut page) = (Instant::now(), 0, String::new());
    let mut lines = 0;
    for turn in 0..5760_u64 {
        let now = Timestamp::from_seconds(1_795_000_000 + 15 * turn as i64);
        for program in 0..5_u64 {
            let generation = (turn + 96 * program) / 480;
            page.clear();
            page.push_str("# TYPE requests_total counter\n");
            for code in [200, 503] {
                let n = if code == 200 { 1000 * turn } else { turn };
                let _ = writeln!(page, "requests_total{{code=\"{code}\",pod_hash=\"{generation}\"}} {n}");
            }
            page.push_str("# TYPE level gauge\n");
            for i in 0..398_u64 {
                let value = 10 + (i * 7 + turn * (i % 5)) % 23;
                let _ = writeln!(page, "level{{i=\"{i}\",pod_hash=\"{generation}\"}} {value}");
            }
            let series = Exposition::text(&page).unwrap().into_series(now, &mut Findings::default());
            let origin = Origin::new(format!("program-{program}"), format!("program-{program}-1"));
            agent.take(now, Intake::Scraped(origin, series));
        }
        agent.turn(now, Duration::ZERO).unwrap();
        lines += agent.take_lines().len();
        if turn % 20 == 0 {
            agent.save(now).unwrap();
            peak = peak.max(resident_bytes().unwrap().saturating_sub(before));
        }
    }
    let speed = 86_400.0 / began.elapsed().as_secs_f64();
    println!("{speed:.0} times as fast as the day, {lines} lines, at most {} KiB", peak >> 10);
    assert!(agent.firing().next().is_none());
    assert!(peak < CAP, "{peak}");
    fs::remove_dir_all(&folder).unwrap();
}
