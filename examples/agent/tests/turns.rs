//! The loop without any I/O but its own files.

use evenkeel::ingest::collector::Origin;
use evenkeel::ingest::exposition::Exposition;
use evenkeel::ingest::trace::zipkin;
use evenkeel::ingest::{Findings, Limits};
use evenkeel::prelude::Timestamp;
use evenkeel_agent::{Agent, Configuration, Intake};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const STEP: i64 = 15;

/// A configuration with a folder for the state.
fn configuration(folder: &Path) -> Configuration {
    of_symptom(folder, "users", "cart")
}

/// The same with another symptom.
fn of_symptom(folder: &Path, name: &str, at: &str) -> Configuration {
    Configuration::parse(&text(folder, name, at)).unwrap()
}

fn text(folder: &Path, name: &str, at: &str) -> String {
    format!(
        r#"
        [state]
        folder = "{}"
        [[scrape]]
        url = "http://127.0.0.1:1/metrics"
        component = "cart"
        [[symptom]]
        name = "{name}"
        at = "{at}"
        objective = 0.02
        all = "requests_total"
        bad = 'requests_total{{code="5*"}}'
        "#,
        folder.display()
    )
}

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("evenkeel-agent-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

struct World {
    agent: Agent,
    second: i64,
    good: u64,
    bad: u64,
    lines: Vec<String>,
    bodies: Vec<(Timestamp, String)>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + second)
}

impl World {
    fn new(agent: Agent) -> Self {
        Self { agent, second: 0, good: 0, bad: 0, lines: Vec::new(), bodies: Vec::new() }
    }

    /// Steps with this many bad requests of a thousand; `None`: the page cannot be had.
    fn steps(&mut self, n: usize, bad: Option<u64>) {
        for _ in 0..n {
            self.second += STEP;
            let now = at(self.second);
            let origin = Origin::new("cart", "cart-1");
            let intake = match bad {
                None => Intake::Failed(origin, "refused".into()),
                Some(bad) => {
                    (self.good, self.bad) = (self.good + 1000 - bad, self.bad + bad);
                    let slow = if bad > 100 { 0.9 } else { 0.02 + 0.001 * (self.second / STEP % 7) as f64 };
                    let page = format!(
                        "# TYPE requests_total counter\nrequests_total{{code=\"200\"}} {}\n\
                         requests_total{{code=\"503\"}} {}\n# TYPE pool_wait_seconds gauge\npool_wait_seconds {slow}\n",
                        self.good, self.bad
                    );
                    let page = Exposition::text(&page).unwrap();
                    Intake::Scraped(origin, page.into_series(now, &mut Findings::default()))
                }
            };
            self.agent.take(now, intake);
            self.agent.turn(now, Duration::ZERO).unwrap();
            self.lines.extend(self.agent.take_lines());
            if let Some(body) = self.agent.due_alerts(now) {
                self.bodies.push((now, String::from_utf8(body).unwrap()));
                self.agent.take(now, Intake::Delivered(Ok(())));
            }
        }
    }

    fn firing(&self) -> Vec<&str> {
        self.agent.firing().collect()
    }

    /// The bodies that tell of an end.
    fn ends(&self) -> usize {
        let is_end = |(now, body): &&(Timestamp, String)| {
            let end = body.split("\"endsAt\":\"").nth(1).unwrap().split('"').next().unwrap();
            *end <= *now.to_string()
        };
        self.bodies.iter().filter(is_end).count()
    }
}

#[test]
fn an_alert_comes_with_its_cause_and_goes_when_users_are_served() {
    let folder = folder("turns");
    let mut world = World::new(Agent::new(&configuration(&folder)).unwrap());
    world.steps(120, Some(1));
    assert!(world.firing().is_empty() && world.bodies.is_empty(), "{:?}", world.lines);
    world.steps(20, Some(300));
    assert_eq!(world.firing(), ["users"]);
    let told = &world.bodies.last().unwrap().1;
    assert!(told.contains("\"cause\":\"cart\"") && told.contains("pool_wait_seconds"), "{told}");
    world.steps(400, Some(1));
    assert!(world.firing().is_empty(), "{:?}", world.lines);
    assert_eq!(world.ends(), 1);
    let page = world.agent.page(at(world.second));
    evenkeel::ingest::exposition::Exposition::text(&page).unwrap();
    assert!(
        page.contains("evenkeel_agent_firing_alerts 0")
            && page.contains("evenkeel_agent_taken_total{what=\"scrapes\"} 540"),
        "{page}"
    );
    fs::remove_dir_all(&folder).unwrap();
}

/// Requests that begin at the cart and go on to the store, as they are sent, in a step that begins at a second.
fn requests(second: i64, store_takes: i64) -> Intake {
    let spans: Vec<String> = (0..4)
        .map(|request| {
            let trace = 10 * second + request;
            let start = (at(second).as_nanos() / 1000) + 1_000_000 * request;
            let span = |id: u8, parent: &str, service: &str, from: i64, long: i64| {
                format!(
                    r#"{{"traceId":"{trace:016x}","id":"{id}"{parent},"name":"get","timestamp":{},"duration":{long},"localEndpoint":{{"serviceName":"{service}"}}}}"#,
                    start + from
                )
            };
            let store = span(2, r#","parentId":"1""#, "store", 2_000, store_takes + 100 * request);
            format!("{},{store}", span(1, "", "cart", 0, store_takes + 5_000))
        })
        .collect();
    let body = format!("[{}]", spans.join(","));
    Intake::Spans(zipkin(body.as_bytes(), &Limits::default()).unwrap())
}

#[test]
fn spans_that_were_sent_name_the_cause_where_no_metric_does() {
    let folder = folder("spans");
    let configuration = format!("{}[watch]\ntraces_and_logs = true\n", text(&folder, "users", "cart"));
    let configuration = Configuration::parse(&configuration).unwrap();
    let mut world = World::new(Agent::new(&configuration).unwrap());
    for step in 0..140 {
        let is_broken = step >= 120;
        let spans = requests(world.second, if is_broken { 700_000 } else { 20_000 });
        world.agent.take(at(world.second + STEP), spans);
        world.steps(1, Some(if is_broken { 60 } else { 1 }));
    }
    assert_eq!(world.firing(), ["users"]);
    let told = &world.bodies.last().unwrap().1;
    assert!(told.contains("\"cause\":\"store\""), "{told}");
    let page = world.agent.page(at(world.second));
    assert!(page.contains("evenkeel_agent_spans_left_out_total 0"), "{page}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_report_shows_the_incident_and_keeps_it_as_it_was() {
    let folder = folder("report");
    let configuration = configuration(&folder);
    let mut world = World::new(Agent::new(&configuration).unwrap());
    let page =
        |world: &World, number| world.agent.report(at(world.second), number).map(|report| report.to_string());
    // Before anything was heard, and while all is well.
    assert!(page(&world, None).unwrap().contains("no incident was opened"));
    world.steps(120, Some(1));
    let calm = page(&world, None).unwrap();
    assert!(calm.contains("no incident was opened") && calm.contains("id=\"impact\""), "{calm}");
    assert_eq!(page(&world, Some(0)), Err(vec![]));
    world.steps(20, Some(300));
    let open = page(&world, Some(0)).unwrap();
    assert_eq!(open, page(&world, None).unwrap());
    for part in [
        "<h1>Incident 0: users</h1>",
        "cart/cart-1/pool_wait_seconds",
        "escalated",
        "id=\"signals\"",
        "to the end",
        "its objective was not kept",
    ] {
        assert!(open.contains(part), "{part}: {open}");
    }
    // Users are served again. Two hours later the rows of that time are gone, and the page still has them.
    let described = |page: &str| {
        let chart = page.split("pool_wait_seconds</title>").nth(1).unwrap();
        chart.split("</desc>").next().unwrap().split("<desc").nth(1).unwrap().to_owned()
    };
    assert!(described(&open).contains("and 0.9; abnormal 1 time"), "{}", described(&open));
    world.steps(40, Some(1));
    let recovered = page(&world, Some(0)).unwrap();
    assert_ne!(described(&recovered), described(&open), "it goes on");
    world.steps(480, Some(1));
    let over = page(&world, Some(0)).unwrap();
    let told = described(&over);
    assert!(told.contains("and 0.9; abnormal 1 time") && !told.contains("to the end"), "{told}");
    world.steps(10, Some(1));
    assert_eq!(page(&world, Some(0)).unwrap(), over, "nothing is added any more");
    assert_eq!(page(&world, Some(7)), Err(vec![0]));
    // After a restart it is what the journal tells.
    world.agent.save(at(world.second)).unwrap();
    let told = over.matches("pool_wait_seconds").count();
    drop(std::mem::replace(&mut world.agent, Agent::new(&configuration.without_state()).unwrap()));
    world.agent = Agent::new(&configuration).unwrap();
    let restarted = page(&world, None).unwrap();
    assert!(restarted.contains("from the journal of the machine alone"), "{restarted}");
    assert!(
        restarted.contains("<h1>Incident 0: users</h1>")
            && told > restarted.matches("pool_wait_seconds").count()
    );
    fs::remove_dir_all(&folder).unwrap();
}

/// Twenty-five incidents, one after the other, and hostile names in all of them.
#[test]
fn reports_are_bounded_and_hostile_names_stay_text() {
    let folder = folder("hostile-report");
    let hostile = "</title></style><script>x</script><b onload='y'>";
    let mut agent = Agent::new(&of_symptom(&folder, hostile, hostile)).unwrap();
    let (mut good, mut bad, mut second) = (0_u64, 0_u64, 0_i64);
    let mut largest = 0;
    for step in 0..160 * 25_u64 {
        second += STEP;
        let now = at(second);
        let is_bad = step % 160 >= 140;
        let more = if is_bad { 300 } else { 1 };
        (good, bad) = (good + 1000 - more, bad + more);
        let mut page = format!(
            "# TYPE requests_total counter\nrequests_total{{code=\"200\"}} {good}\nrequests_total{{code=\"503\"}} {bad}\n"
        );
        for i in 0..40_u64 {
            let level = if is_bad { 900 } else { 20 + (step * (i + 3)) % 7 };
            page += &format!("level{i}{{service=\"{hostile}\",instance=\"{hostile}{i}\"}} {level}\n");
        }
        let page = Exposition::text(&page).unwrap();
        let origin = Origin::new("cart", "cart-1");
        agent.take(now, Intake::Scraped(origin, page.into_series(now, &mut Findings::default())));
        agent.turn(now, Duration::ZERO).unwrap();
        if step % 160 == 159 {
            largest = largest.max(agent.report(now, None).unwrap().to_string().len());
        }
    }
    let now = at(second);
    let kept = agent.report(now, Some(1_000_000)).unwrap_err();
    assert!(kept.len() == 20 && kept[0] > 0, "{kept:?}");
    println!("incidents {}..={}, the largest page {} kB", kept[0], kept[19], largest / 1000);
    assert!(largest < 2_000_000, "{largest}");
    for number in kept {
        let page = agent.report(now, Some(number)).unwrap().to_string();
        assert!(
            page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"),
            "it is shown all the same"
        );
        for markup in ["<script", "<b ", "<img", "onload='", "</title></style>"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
        assert_eq!((page.matches("</style>").count(), page.matches("<style>").count()), (1, 1));
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn silence_ends_no_alert_and_restarts_lose_none() {
    let folder = folder("restarts");
    let configuration = configuration(&folder);
    let mut world = World::new(Agent::new(&configuration).unwrap());
    world.steps(120, Some(1));
    world.steps(12, Some(300));
    assert_eq!(world.firing(), ["users"]);
    let start = |world: &World| {
        let body = &world.bodies.last().unwrap().1;
        body.split("\"startsAt\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let began = start(&world);
    // The source falls silent for an hour, the agent is started anew in the middle of that, twice.
    for _ in 0..2 {
        world.steps(80, None);
        assert_eq!(world.firing(), ["users"], "{:?}", world.lines);
        world.agent.save(at(world.second)).unwrap();
        drop(std::mem::replace(&mut world.agent, Agent::new(&configuration.without_state()).unwrap()));
        world.agent = Agent::new(&configuration).unwrap();
        world.lines.extend(world.agent.take_lines());
    }
    assert!(
        world.lines.iter().filter(|line| line.contains("goes on from")).count() == 2,
        "{:?}",
        world.lines
    );
    world.steps(80, None);
    assert_eq!(world.firing(), ["users"]);
    assert_eq!((world.ends(), start(&world)), (0, began));
    // Only that users are served again ends it, once.
    world.steps(400, Some(1));
    assert!(world.firing().is_empty(), "{:?}", world.lines);
    assert_eq!(world.ends(), 1);
    let breaches = world.lines.iter().filter(|line| line.contains("too many requests are bad")).count();
    assert_eq!(breaches, 1, "{:?}", world.lines);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_state_that_does_not_fit_is_put_aside_and_told() {
    let folder = folder("aside");
    let configuration = configuration(&folder);
    let mut world = World::new(Agent::new(&configuration).unwrap());
    world.steps(30, Some(1));
    world.agent.save(at(world.second)).unwrap();
    drop(world);
    let state = folder.join("state");
    let saved = fs::read(&state).unwrap();
    for bytes in [&saved[..saved.len() / 2], b"", &b"\xff".repeat(100)] {
        fs::write(&state, bytes).unwrap();
        let mut agent = Agent::new(&configuration).unwrap();
        let lines = agent.take_lines();
        assert!(lines.len() == 1 && lines[0].contains("begins anew"), "{lines:?}");
        assert!(!state.exists() && folder.join("state.refused").exists());
    }
    // One of other settings.
    fs::write(&state, &saved).unwrap();
    let text = format!(
        "step = \"30s\"\n[state]\nfolder = \"{}\"\n[[scrape]]\nurl = \"http://h:1\"\ncomponent = \"cart\"\n[[symptom]]\nname = \"users\"\nobjective = 0.02\nspans = \"cart\"\n",
        folder.display()
    );
    let lines = Agent::new(&Configuration::parse(&text).unwrap()).unwrap().take_lines();
    assert!(lines[0].contains("begins anew") && lines[0].contains("step"), "{lines:?}");
    fs::remove_dir_all(&folder).unwrap();
}
