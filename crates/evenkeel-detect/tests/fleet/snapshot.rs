use super::incidents::{at, builder, keys};
use super::ledger::Threshold;
use super::member::Small;
use evenkeel_core::{At, Snapshot, restore};
use evenkeel_detect::Fleet;
use evenkeel_detect::fleet::{FleetEvent, TimeOnly};
use evenkeel_detect::monitor::{Budget, MonitorEvent};
use evenkeel_stats::Generator;

type Told = (Vec<Option<MonitorEvent>>, Vec<FleetEvent<String>>);

fn batch(step: u32) -> Vec<(String, At<f64>)> {
    let mut inputs: Vec<_> = keys()
        .into_iter()
        .enumerate()
        .filter(|(i, _)| !(i % 3 == 0 && (320..340).contains(&step)))
        .map(|(i, key)| {
            let noise = Generator::stream(u64::from(step), i as u64).normal();
            let shift = if i < 10 && (300..330).contains(&step) { 30.0 } else { 0.0 };
            (key, At::new(at(step), 100.0 + 3.0 * noise + shift))
        })
        .collect();
    if step.is_multiple_of(5) {
        inputs.push((format!("zone-c/new-{step}"), At::new(at(step), 1.0)));
    }
    inputs
}

fn step(fleet: &mut Fleet<String, Small>, step: u32) -> Told {
    let mut outputs = Vec::new();
    fleet.update_all(&batch(step), &mut outputs);
    (outputs, fleet.tick(at(step), &TimeOnly))
}

/// Killed anywhere and restored, it goes on bit for bit, in text and in bytes; on one thread as on several.
#[test]
fn a_restored_fleet_goes_on_bit_for_bit() {
    let build = || builder().shards(4).capacity(90).build::<String>().unwrap();
    let mut whole = build();
    let expected: Vec<Told> = (0..360).map(|i| step(&mut whole, i)).collect();
    assert!(expected.iter().any(|(_, told)| !told.is_empty()), "something has to happen");
    assert!(whole.evictions() > 0);
    for cut in [0, 1, 150, 303, 326, 359] {
        let mut first = build();
        (0..cut).for_each(|i| drop(step(&mut first, i)));
        let text = serde_json::to_string(&first.snapshot()).unwrap();
        let mut second: Fleet<String, Small> =
            restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        let bytes = postcard::to_allocvec(&first.snapshot()).unwrap();
        let third: Fleet<String, Small> = restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
        assert!(second == third && second == first, "{cut}");
        for (i, expected) in (0..).zip(&expected).skip(cut as usize) {
            assert_eq!(&step(&mut second, i), expected, "{cut}, {i}");
        }
        assert!(second == whole);
        let text = |fleet: &Fleet<String, Small>| serde_json::to_string(&fleet.snapshot()).unwrap();
        assert!(text(&second) == text(&whole));
    }
}

/// One value after the other gives what a batch does, once all series are known.
#[test]
fn a_batch_is_one_after_the_other() {
    let build = || builder().shards(4).build::<String>().unwrap();
    let (mut batches, mut single) = (build(), build());
    for i in 0..360 {
        let inputs: Vec<_> = batch(i).into_iter().filter(|(key, _)| !key.contains("new")).collect();
        let mut outputs = Vec::new();
        batches.update_all(&inputs, &mut outputs);
        let one: Vec<_> = inputs.iter().map(|(key, x)| single.update(key.as_str(), *x)).collect();
        assert_eq!(outputs, one);
        assert_eq!(batches.tick(at(i), &TimeOnly), single.tick(at(i), &TimeOnly));
    }
    assert!(batches.ledger() == single.ledger() && batches.ledger().alerts() > 0);
}

/// With monitors that keep little: what is a fleet's own is what is compared.
#[test]
fn the_golden_snapshot_is_read_and_written() {
    let week = Budget::per_week(1.0).unwrap();
    let builder = Fleet::builder(Threshold::default(), week).capacity(20).spenders(3).seed(9);
    let mut fleet = builder.shards(2).build::<u64>().unwrap();
    for i in 0..30_u32 {
        let key = u64::from(i * i % 13);
        fleet.update(&key, At::new(at(i), if i % 4 == 1 { 2.0 } else { 0.5 }));
        if i % 3 == 0 {
            let _ = fleet.tick(at(i), &TimeOnly);
        }
    }
    let text = serde_json::to_string(&fleet.snapshot()).unwrap();
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenkeel-testing/golden/detect/fleet.json");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(golden.trim_end(), text);
    let again: Fleet<u64, Threshold> = restore(&mut serde_json::Deserializer::from_str(&golden)).unwrap();
    assert_eq!(again, fleet);
    assert!(fleet.incidents().count() > 0 && fleet.ledger().alerts() > 3);
}

#[test]
fn what_no_fleet_could_be_is_refused() {
    let mut fleet = builder().shards(2).build::<String>().unwrap();
    (0..3).for_each(|i| drop(step(&mut fleet, i)));
    let good = serde_json::to_value(fleet.snapshot()).unwrap();
    let read =
        |value: &serde_json::Value| restore::<Fleet<String, Small>, _>(value).map_err(|e| e.to_string());
    assert!(read(&good).unwrap() == fleet);
    let refused = |path: &str, value: serde_json::Value| {
        let mut broken = good.clone();
        *broken[1].pointer_mut(path).unwrap() = value;
        read(&broken).unwrap_err()
    };
    for (path, value, why) in [
        ("/settings/capacity", 7.into(), "at_least"),
        ("/settings/least", 0.into(), "least"),
        ("/settings/fraction", "NaN".into(), "fraction"),
        ("/budget/false_alarms", "2.0".into(), "division"),
        ("/division/parts", 1.into(), "parts"),
        ("/division/share/false_alarms", "1.0".into(), "share"),
        ("/ledger/capacity", 1.into(), "ledger"),
        ("/incidents/next", 0.into(), "open"),
        ("/losses/seconds", "0.0".into(), "losses"),
    ] {
        let error = refused(path, value);
        assert!(error.contains(why), "{path}: {error}");
    }
}
