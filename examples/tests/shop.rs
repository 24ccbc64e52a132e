use evenkeel::prelude::Name;
use evenkeel_examples::shop::chaos::{Chaos, Death, Fault, Jumping, Plan, Planned, Step, spoil};
use evenkeel_examples::shop::{
    Action, Group, Metrics, Outcome, Program, RequestCounts, Service, Settings, Shop, ShopEvent, Side, Split,
    run_if_service,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// One shop at a time: they measure time.
static SHOP: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    SHOP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shop whose instances are this test program, running nothing but `instance`.
fn open() -> (Shop, Receiver<ShopEvent>) {
    let arguments = ["--exact", "shop::instance", "--nocapture"].map(Into::into).to_vec();
    Shop::open(Settings { program: Program { path: None, arguments }, ..Settings::default() }).unwrap()
}

/// What an instance runs; a test that does nothing.
#[test]
fn instance() {
    run_if_service();
}

/// What `no_instance_outlives_its_parent` kills; a test that does nothing.
#[test]
fn parent() {
    if std::env::var_os("EVENKEEL_SHOP_PARENT").is_some() {
        let (shop, _events) = open();
        let processes: Vec<String> =
            shop.instances().iter().filter_map(|i| i.process).map(|p| p.to_string()).collect();
        println!("\nprocesses {}", processes.join(" "));
        thread::sleep(Duration::from_secs(60));
    }
}

/// Neither there nor waiting to be collected.
fn is_running(process: &str) -> bool {
    fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn all_end(processes: &[String]) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while processes.iter().any(|p| is_running(p)) {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

/// What users get in so long, once the machine has let the sampler wake up in time for that long.
fn calm(events: &Receiver<ShopEvent>, length: Duration) -> RequestCounts {
    for _ in 0..20 {
        let (mut counts, mut calm, end) = (RequestCounts::default(), true, Instant::now() + length);
        while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            counts.observe(&event);
            if let ShopEvent::Tick { wake_delay, load_late, .. } = event {
                calm &= wake_delay.max(load_late) < Duration::from_millis(50);
            }
        }
        if calm {
            return counts;
        }
    }
    panic!("the machine is too busy to measure");
}

fn once(fault: Fault) -> Plan {
    let (at, until) = (Duration::ZERO, Duration::from_secs(3600));
    Plan { steps: vec![Planned { at, until, step: Step::Fault(fault) }], length: until }
}

/// Breaks, checks that users feel it, does the useless and then the useful, checks that users feel that.
fn broken_and_cured(
    shop: &Shop,
    events: &Receiver<ShopEvent>,
    fault: &Fault,
    useless: &[Action],
    cure: &Action,
) {
    let name = fault.to_string();
    assert!(fault.is_cured_by(cure) && fault.concerns(cure), "{name}: {cure}");
    let chaos = Chaos::start(shop, once(fault.clone()));
    let _ = RequestCounts::of(events, Duration::from_millis(2000));
    let during = calm(events, Duration::from_secs(2));
    assert!(during.bad_ratio() > 0.05, "{name}: {during:?}");
    for action in useless {
        assert!(!fault.is_cured_by(action), "{name}: {action}");
        let _ = shop.apply(&format!("{name}: {action}"), action);
        let _ = RequestCounts::of(events, Duration::from_millis(1200));
        let still = calm(events, Duration::from_secs(2));
        assert!(still.bad_ratio() > 0.05, "{name} after {action}: {still:?}");
        assert!(chaos.happened().iter().all(|h| h.cured.is_none()), "{name} after {action}");
    }
    assert_eq!(shop.apply(&name, cure), Outcome::Done, "{name}: {cure}");
    // Those in flight are still lost.
    let _ = RequestCounts::of(events, Duration::from_millis(1500));
    let after = calm(events, Duration::from_secs(2));
    assert!(after.bad_ratio() < 0.01, "{name} after {cure}: {after:?}");
    let happened = chaos.finish();
    assert!(happened.len() == 1 && happened[0].cured > Some(happened[0].began), "{happened:?}");
}

#[test]
fn a_sound_shop_serves_its_users_and_tells_what_it_does() {
    let _alone = alone();
    let (shop, events) = open();
    let counts = calm(&events, Duration::from_secs(2));
    assert!(counts.requests > 180 && counts.bad_ratio() < 0.01, "{counts:?}");

    let (mut scraped, mut calls): (BTreeMap<Name, Metrics>, _) = (BTreeMap::new(), BTreeSet::new());
    let end = Instant::now() + Duration::from_secs(2);
    let (mut client, mut server) = (0_u64, 0_u64);
    while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
        match event {
            ShopEvent::Scrape { instance, metrics: Some(metrics), .. } => {
                scraped.insert(instance, metrics);
            }
            ShopEvent::Calls { from, to, side, count, errors, mean, .. } => {
                assert!(errors == 0 && (0.004..0.25).contains(&mean), "{from} {to}: {errors} {mean}");
                if from != "users" {
                    *(if side == Side::Client { &mut client } else { &mut server }) += count;
                    calls.insert((Service::of(from.as_str()).unwrap(), Service::of(to.as_str()).unwrap()));
                }
            }
            _ => {}
        }
    }
    let edges = |s: Service| s.calls().iter().map(move |callee| (s, *callee));
    assert_eq!(calls, Service::ALL.into_iter().flat_map(edges).collect());
    // Both sides tell of the same calls, up to those around the ends.
    assert!(client > 500 && client.abs_diff(server) < 60, "{client} {server}");
    assert_eq!(scraped.len(), 10);
    for (instance, metrics) in &scraped {
        let is_store = instance.as_str().starts_with("store");
        assert_eq!(metrics.pool_capacity.is_finite(), is_store, "{instance}");
        assert!(
            metrics.memory > 1e5 && metrics.errors == 0.0 && metrics.cpu < 0.5,
            "{instance}: {metrics:?}"
        );
    }

    // What was done under a key is not done again.
    let restart = Action::Restart("cart-1".into());
    let starts = |shop: &Shop| shop.instances().iter().find(|i| i.name == "cart-1").unwrap().starts;
    assert_eq!((starts(&shop), shop.probe("a")), (1, None));
    assert_eq!(shop.apply("a", &restart), Outcome::Done);
    assert_eq!(shop.apply("a", &restart), Outcome::Done);
    assert_eq!((starts(&shop), shop.probe("a")), (2, Some(Outcome::Done)));
    // The last one stays in service.
    assert_eq!(shop.apply("b", &Action::Drain("cart-1".into())), Outcome::Done);
    assert!(matches!(shop.apply("c", &Action::Drain("cart-2".into())), Outcome::Refused(_)));
    assert_eq!(shop.apply("d", &Action::Undrain("cart-1".into())), Outcome::Done);
    assert_eq!(shop.apply("e", &Action::Drain("cart-2".into())), Outcome::Done);
    for refused in [
        Action::Restart("elsewhere-1".into()),
        Action::RollBack("cart".into()),
        Action::Degrade("cart".into()),
        Action::Degrade("cart-1".into()),
    ] {
        assert!(matches!(shop.apply(&refused.to_string(), &refused), Outcome::Refused(_)), "{refused}");
    }
    let counts = calm(&events, Duration::from_secs(1));
    assert!(counts.bad_ratio() < 0.02, "{counts:?}");

    let processes: Vec<String> = shop.instances().iter().map(|i| i.process.unwrap().to_string()).collect();
    assert!(processes.len() == 10 && processes.iter().all(|p| is_running(p)));
    drop(shop);
    assert!(all_end(&processes));
    // Nobody is left who could send.
    assert!(events.iter().count() < 100_000);
}

#[test]
fn no_instance_outlives_its_parent() {
    let _alone = alone();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "shop::parent", "--nocapture"])
        .env("EVENKEEL_SHOP_PARENT", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.into_iter().find_map(|line| line.strip_prefix("processes ").map(String::from)).unwrap();
    let processes: Vec<String> = line.split(' ').map(String::from).collect();
    assert!(processes.len() == 10 && processes.iter().all(|p| is_running(p)), "{line}");
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(all_end(&processes), "{line}");
}

#[test]
fn a_dry_pool_is_felt_and_cured() {
    let _alone = alone();
    let (shop, events) = open();
    let fault = Fault::PoolDry { instance: "store-2".into() };
    let elsewhere = Action::Restart("store-1".into());
    broken_and_cured(&shop, &events, &fault, &[elsewhere], &Action::Restart("store-2".into()));
}

#[test]
#[ignore = "long"]
fn every_fault_is_felt_and_cured() {
    let _alone = alone();
    let (shop, events) = open();
    let cart = || Name::from("cart-1");
    let drained = Action::Drain(cart());
    let slow = Fault::Slow { instance: cart(), extra: Duration::from_millis(600) };
    broken_and_cured(&shop, &events, &slow, &[Action::Restart("cart-2".into())], &drained);
    let _ = shop.apply("back", &Action::Undrain(cart()));
    let burn = Fault::Burn { instance: "payments-1".into(), millicores: 500 };
    broken_and_cured(&shop, &events, &burn, &[], &Action::Restart("payments-1".into()));
    let release = Fault::BadRelease { service: Service::Cart, version: "v2".into(), failing: 0.3 };
    broken_and_cured(&shop, &events, &release, &[Action::Restart(cart())], &Action::RollBack("cart".into()));
    let degrade = Action::Degrade("catalog".into());
    for death in [Death::Killed, Death::Hung] {
        let dead = Fault::OptionalDead { death };
        broken_and_cured(&shop, &events, &dead, &[Action::Restart("recommend-1".into())], &degrade);
        assert!(shop.is_degraded(Service::Catalog));
        let key = format!("restore {death:?}");
        assert_eq!(shop.apply(&key, &Action::Restore("catalog".into())), Outcome::Done);
        let counts = calm(&events, Duration::from_secs(1));
        assert!(counts.bad_ratio() < 0.01, "{death:?} and back: {counts:?}");
    }
    let trap = Fault::SlowRelease {
        instance: "catalog-1".into(),
        version: "v3".into(),
        extra: Duration::from_millis(650),
        fuse: Duration::from_secs(1),
    };
    let restart = Action::Restart("catalog-1".into());
    broken_and_cured(&shop, &events, &trap, &[restart], &Action::RollBack("catalog-1".into()));
}

#[test]
#[ignore = "long"]
fn nobody_feels_a_jump() {
    let _alone = alone();
    let (shop, events) = open();
    let _ = RequestCounts::of(&events, Duration::from_secs(2));
    let most = |events: &Receiver<ShopEvent>| {
        let (mut most, mut counts, end) =
            (0.0_f64, RequestCounts::default(), Instant::now() + Duration::from_secs(2));
        while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            counts.observe(&event);
            match event {
                ShopEvent::Scrape { instance, metrics: Some(m), .. } if instance == "payments-1" => {
                    most = most.max(m.outbox);
                }
                _ => {}
            }
        }
        (most, counts.bad_ratio())
    };
    let (before, _) = most(&events);
    let step = Step::Jump { instance: "payments-1".into(), metric: Jumping::Outbox, sigmas: 8.0 };
    let (at, until) = (Duration::ZERO, Duration::from_secs(3600));
    let chaos = Chaos::start(&shop, Plan { steps: vec![Planned { at, until, step }], length: until });
    let (during, bad) = most(&events);
    let _ = chaos.finish();
    let _ = RequestCounts::of(&events, Duration::from_millis(600));
    let (after, _) = most(&events);
    assert!(during > before + 4.0 && after < during - 4.0, "{before} {during} {after}");
    assert!(bad < 0.05, "{bad}");
}

#[test]
fn plans_differ_by_seed_and_keep_their_rules() {
    assert_eq!(Plan::new(3), Plan::new(3));
    let (mut orders, mut first) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..300 {
        let plan = Plan::new(seed);
        let kinds: Vec<&str> = plan.faults().map(Fault::kind).collect();
        assert!(plan.length < Duration::from_secs(115), "{:?}", plan.length);
        assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), 6, "{kinds:?}");
        // One fault at a time, and time to recover between two.
        let mut harm: Vec<(Duration, Duration)> = plan
            .steps
            .iter()
            .filter_map(|p| match &p.step {
                Step::Fault(Fault::SlowRelease { fuse, .. }) => Some((p.at + *fuse, p.until)),
                Step::Fault(_) => Some((p.at, p.until)),
                _ => None,
            })
            .collect();
        harm.sort();
        assert!(harm[0].0 > Duration::from_secs(13), "{harm:?}");
        assert!(harm.windows(2).all(|w| w[1].0 >= w[0].1 + Duration::from_secs(3)), "{harm:?}");
        // One decoy while all is well, one during a fault somewhere else.
        let during = |p: &&Planned| harm.iter().any(|(from, until)| p.at >= *from && p.at < *until);
        let jumps = || plan.steps.iter().filter(|p| matches!(p.step, Step::Jump { .. }));
        assert_eq!((jumps().count(), jumps().filter(during).count()), (2, 1), "seed {seed}");
        orders.insert(kinds.clone());
        assert!(plan.steps.iter().filter(|p| matches!(p.step, Step::Deploy { .. })).count() == 2);
        let bites = |p: &Planned| matches!(&p.step, Step::Fault(Fault::SlowRelease { fuse, .. }) if p.at + *fuse == harm[0].0);
        assert!(!plan.steps.iter().any(bites), "the release that is sound at first can't be the first fault");
        first.insert(harm[0].0);
        let all = Plan::all(seed);
        assert!(all.faults().count() == 13 && all.length < Duration::from_secs(240), "{:?}", all.length);
    }
    assert!(orders.len() > 100 && first.len() > 200, "{} {}", orders.len(), first.len());
}

/// Calls of the payments by group while events come for so long, and how many of them failed.
fn calls_by_group(events: &Receiver<ShopEvent>, length: Duration) -> BTreeMap<Group, [u64; 2]> {
    let (mut calls, end) = (BTreeMap::new(), Instant::now() + length);
    while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if let ShopEvent::Calls { to, side: Side::Client, count, errors, .. } = event
            && Service::of(to.as_str()) == Some(Service::Payments)
        {
            let sums: &mut [u64; 2] = calls.entry(Group::of(to.as_str())).or_default();
            sums[0] += count;
            sums[1] += errors;
        }
    }
    calls
}

#[test]
fn two_versions_run_side_by_side_and_the_traffic_is_divided_as_told() {
    let _alone = alone();
    let (shop, events) = open();
    let service = Service::Payments;
    spoil(&shop, service, &"v2".into(), 1.0);
    assert_eq!(shop.release(service, &"v2".into()), Outcome::Done);
    assert!(matches!(shop.release(Service::Edge, &"v2".into()), Outcome::Refused(_)));
    let version =
        |name: &str| shop.instances().iter().find(|i| i.name.as_str() == name).map(|i| i.version.to_string());
    assert_eq!(version("payments-canary").as_deref(), Some("v2"));
    assert_eq!(version("payments-baseline").as_deref(), Some("v1"));
    // Nobody is sent there before it is told so.
    let calls = calls_by_group(&events, Duration::from_secs(1));
    assert!(calls.keys().eq([&Group::Rest]), "{calls:?}");

    let (first, second) = ((1, 0, 0), (1, 1, 0));
    assert_eq!(shop.split(service, 40, first), Outcome::Done);
    let expected = Split { percent: 40, order: Some(first) };
    assert_eq!(shop.read_split(service).unwrap(), [expected; 2]);
    let _ = calls_by_group(&events, Duration::from_millis(700));
    let calls = calls_by_group(&events, Duration::from_secs(3));
    let all: u64 = calls.values().map(|sums| sums[0]).sum();
    for (group, share) in [(Group::Canary, 0.4), (Group::Baseline, 0.4), (Group::Rest, 0.2)] {
        let found = calls[&group][0] as f64 / all as f64;
        assert!((found - share).abs() < 0.2, "{group:?}: {calls:?}");
    }
    assert_eq!((calls[&Group::Canary][1], calls[&Group::Baseline][1]), (calls[&Group::Canary][0], 0));

    // A caller that starts anew is told; an order that comes late is turned down.
    assert_eq!(shop.apply("restart", &Action::Restart("cart-1".into())), Outcome::Done);
    assert_eq!(shop.read_split(service).unwrap(), [expected; 2]);
    assert_eq!(shop.split(service, 0, second), Outcome::Done);
    assert!(matches!(shop.split(service, 100, first), Outcome::Refused(_)));
    assert!(matches!(shop.split(service, 101, (9, 0, 0)), Outcome::Refused(_)));
    assert_eq!(shop.read_split(service).unwrap(), [Split { percent: 0, order: Some(second) }; 2]);
    let _ = calls_by_group(&events, Duration::from_millis(700));
    let calls = calls_by_group(&events, Duration::from_secs(1));
    assert!(calls.keys().eq([&Group::Rest]), "{calls:?}");
}
