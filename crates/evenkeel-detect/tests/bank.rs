//! Banks of keyed stages.

use evenkeel_core::{Error, Name, Snapshot, Stage, restore};
use evenkeel_detect::bank::BankBuilder;
use evenkeel_detect::chart::EwmaChart;
use evenkeel_detect::{Bank, Cusum, Spot};
use evenkeel_testing::Source;
use proptest::prelude::*;
use std::collections::HashMap;

fn chart() -> EwmaChart {
    EwmaChart::builder(0.0, 1.0).build().unwrap()
}

fn settings(capacity: usize) -> BankBuilder<EwmaChart> {
    Bank::builder(chart(), capacity)
}

fn bank(capacity: usize) -> Bank<u64, EwmaChart> {
    settings(capacity).build().unwrap()
}

/// What a bank of one shard is, in the plainest words: the latest used comes last.
#[derive(Default)]
struct Plain {
    series: Vec<(u64, EwmaChart)>,
    evictions: u64,
}

impl Plain {
    fn update(&mut self, capacity: usize, key: u64, x: f64) -> Option<f64> {
        let mut chart = match self.series.iter().position(|(k, _)| *k == key) {
            Some(i) => self.series.remove(i).1,
            None => {
                if self.series.len() == capacity {
                    self.series.remove(0);
                    self.evictions += 1;
                }
                chart()
            }
        };
        let score = chart.update(x).map(|s| s.value());
        self.series.push((key, chart));
        score
    }
}

#[derive(Debug, Clone)]
enum Step {
    Update(u64, f64),
    Remove(u64),
    Retain(u64),
    Change(u64),
    Reset,
    Restore,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0..300_u64;
    let step = prop_oneof![
        200 => (key.clone(), -5.0..5.0).prop_map(|(k, x)| Step::Update(k, x)),
        6 => key.prop_map(Step::Remove),
        1 => (2..9_u64).prop_map(Step::Retain),
        2 => (0..300_u64).prop_map(Step::Change),
        1 => Just(Step::Restore),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec(step, 0..900)
}

fn through_json<K, D>(bank: &Bank<K, D>) -> Bank<K, D>
where
    Bank<K, D>: Snapshot,
{
    let text = serde_json::to_string(&bank.snapshot()).unwrap();
    restore(&mut serde_json::Deserializer::from_str(&text)).unwrap()
}

proptest! {
    /// The series, their scores, what is forgotten and when: as the plain list says, also after going through
    /// a snapshot.
    #[test]
    fn it_is_a_list_of_series_in_the_order_of_use(steps in steps(), capacity in 1..250_usize) {
        let (mut bank, mut plain) = (bank(capacity), Plain::default());
        for step in steps {
            match step {
                Step::Update(key, x) => {
                    let score = bank.update(&key, x).map(|s| s.value());
                    prop_assert_eq!(score, plain.update(capacity, key, x));
                }
                Step::Remove(key) => {
                    let at = plain.series.iter().position(|(k, _)| *k == key);
                    prop_assert_eq!(bank.remove(&key), at.map(|i| plain.series.remove(i).1));
                }
                Step::Retain(n) => {
                    let before = plain.series.len();
                    plain.series.retain(|(key, _)| key % n > 0);
                    prop_assert_eq!(bank.retain(|key, _| key % n > 0), before - plain.series.len());
                }
                Step::Change(key) => {
                    let there = plain.series.iter_mut().find(|(k, _)| *k == key).map(|(_, c)| c.update(3.0));
                    prop_assert_eq!(bank.get_mut(&key).map(|c| c.update(3.0)), there);
                }
                Step::Reset => {
                    bank.reset();
                    plain = Plain::default();
                }
                Step::Restore => {
                    let again = through_json(&bank);
                    prop_assert_eq!(&again, &bank);
                    bank = again;
                }
            }
            prop_assert!(bank.len() <= capacity);
            prop_assert_eq!((bank.len(), bank.evictions()), (plain.series.len(), plain.evictions));
        }
        plain.series.sort_by_key(|(key, _)| *key);
        let all: Vec<(u64, EwmaChart)> = bank.iter().map(|(k, c)| (*k, *c)).collect();
        prop_assert_eq!(all, plain.series);
    }

    /// All at once is one after the other, whatever the number of shards; with room for all, shards change
    /// nothing at all.
    #[test]
    fn all_at_once_is_one_after_the_other(
        inputs in prop::collection::vec((0..200_u64, -5.0..5.0), 0..600),
        shards in 1..9_usize,
        capacity in 9..300_usize,
    ) {
        let build = |capacity, shards| settings(capacity).shards(shards).build::<u64>().unwrap();
        let (mut single, mut all, mut whole) = (build(capacity, shards), build(capacity, shards), build(2_000, 1));
        let mut roomy = build(2_000, shards);
        let (mut together, mut roomily) = (vec![None; 7], Vec::new());
        all.update_all(&inputs, &mut together);
        roomy.update_all(&inputs, &mut roomily);
        for (i, (key, x)) in inputs.iter().enumerate() {
            prop_assert_eq!(together[i], single.update(key, *x));
            prop_assert_eq!(roomily[i], whole.update(key, *x));
        }
        prop_assert_eq!(together.len(), inputs.len());
        prop_assert_eq!(&single, &all);
        prop_assert!(all.len() <= capacity);
        prop_assert!(whole.iter().eq(roomy.iter()) && whole.evictions() == 0);
    }
}

#[test]
fn keys_are_looked_up_borrowed() {
    let mut bank: Bank<String, EwmaChart> = Bank::builder(chart(), 10).build().unwrap();
    bank.update("a", 1.0);
    bank.update(&String::from("a"), 1.0);
    assert_eq!(bank.len(), 1);
    assert!(bank.get("a").is_some() && bank.get("b").is_none());

    let mut named: Bank<Name, EwmaChart> = Bank::builder(chart(), 10).build().unwrap();
    named.update_with("cpu", 1.0, |key: &str| Name::from(key));
    named.update_with("cpu", 1.0, |_: &str| unreachable!("it is there"));
    assert_eq!(named.iter().map(|(k, _)| k.to_string()).collect::<Vec<_>>(), ["cpu"]);
}

#[test]
fn a_series_may_have_settings_of_its_own() {
    let mut bank = bank(2);
    let wide = EwmaChart::builder(100.0, 10.0).build().unwrap();
    assert_eq!(bank.insert(7, wide), None);
    assert!(bank.update(&7, 100.0).unwrap().value() < 1e-9);
    assert_eq!(bank.insert(7, chart()).map(|c| c.statistic()), Some(100.0));
}

/// The bytes are those of the allocator: measured while keys come without end.
#[test]
fn the_cap_on_bytes_holds() {
    for shards in [1, 4] {
        let most = 100_000;
        let mut bank = settings(1_000_000).bytes(most, 0).shards(shards).build::<u64>().unwrap();
        let capacity = bank.capacity();
        assert!((1_300..1_330).contains(&capacity), "{capacity}");
        let mut largest = 0;
        let counted = allocation_counter::measure(|| {
            for key in 0..20_000_u64 {
                bank.update(&key, 1.0);
                largest = largest.max(bank.bytes());
            }
        });
        assert!(largest <= most + 200 * shards, "{largest}");
        // While the arena moves, the old one and the new one are there.
        assert!(counted.bytes_max <= 2 * most as u64, "{counted:?}");
        assert!(bank.len() > capacity * 9 / 10 && bank.evictions() > 18_000);
    }
}

#[test]
fn known_keys_allocate_nothing_and_evictions_only_once() {
    let mut bank = bank(1_000);
    for key in 0..1_001_u64 {
        bank.update(&key, 1.0);
    }
    let known = allocation_counter::measure(|| {
        for round in 0..5 {
            for key in 1..1_001_u64 {
                assert!(bank.update(&key, f64::from(round)).is_some());
            }
        }
    });
    assert_eq!((known.count_total, bank.evictions()), (0, 1));
    let strangers = allocation_counter::measure(|| {
        for key in 5_000..15_000_u64 {
            bank.update(&key, 1.0);
        }
    });
    assert_eq!((strangers.count_total, bank.evictions()), (0, 10_001));
}

#[test]
fn state_is_as_documented() {
    let n = 100_000_u64;
    let mut bank = bank(100_000);
    for key in 0..n {
        bank.update(&key, 1.0);
    }
    let each = bank.bytes() as f64 / n as f64;
    assert!(each <= (size_of::<EwmaChart>() + 8 + 4 + 12) as f64 && size_of::<EwmaChart>() <= 64, "{each}");
}

/// The order of use outlives the round of the clock's 32 bits, saved or not; and so does the order in a
/// snapshot whose times are older than that.
#[test]
fn the_order_of_use_outlives_the_clocks_round() {
    let saved = |clock: u64, used: [u64; 3]| {
        let mut bank = bank(3);
        (0..3).for_each(|key| assert!(bank.update(&key, 1.0).is_some()));
        let mut value = serde_json::to_value(bank.snapshot()).unwrap();
        value[1]["clocks"][0][0] = clock.into();
        for (i, used) in used.into_iter().enumerate() {
            value[1]["series"][i][1] = used.into();
        }
        restore::<Bank<u64, EwmaChart>, _>(&value).unwrap()
    };
    let round = 1_u64 << 32;
    for (clock, used) in [
        (round - 3, [round - 5, round - 3, round - 4]),
        (round + 9, [1, 3, 2]),
        (round + (1 << 31) - 3, [round - 5, round - 3, round - 4]),
        (3 * round - 4, [1, 3 * round - 4, 2]),
    ] {
        let mut bank = saved(clock, used);
        // The first was used longest ago, then the third, then the second.
        let mut plain = vec![0, 2, 1];
        for key in [2, 5, 0, 6, 7, 0, 0, 8, 9, 7] {
            bank.update(&key, 1.0);
            let _ = match plain.iter().position(|other| *other == key) {
                Some(at) => plain.remove(at),
                None => plain.remove(0),
            };
            plain.push(key);
            let mut there = plain.clone();
            there.sort_unstable();
            assert!(bank.iter().map(|(key, _)| *key).eq(there), "{clock}: {plain:?}");
            let again = through_json(&bank);
            assert_eq!(again, bank);
            bank = if key == 6 { again } else { bank };
        }
    }
}

/// Killed anywhere and restored, every series goes on bit for bit.
#[test]
fn a_restored_bank_goes_on_bit_for_bit() {
    let spot = Spot::builder(1e-3).build().unwrap();
    let build = || Bank::builder(spot.clone(), 12).shards(3).build::<Name>().unwrap();
    let mut source = Source::new(3);
    let inputs: Vec<(Name, f64)> = (0..3_000)
        .map(|_| (Name::from(format!("s{}", (source.uniform() * 20.0) as u32)), source.normal()))
        .collect();
    let mut whole = build();
    let expected: Vec<_> =
        inputs.iter().map(|(k, x)| whole.update_with(k, scored(*x), Name::clone)).collect();
    for cut in [0, 1, 17, 900, 2_999, 3_000] {
        let mut first = build();
        for (k, x) in &inputs[..cut] {
            first.update_with(k, scored(*x), Name::clone);
        }
        let mut second = through_json(&first);
        let bytes = postcard::to_allocvec(&first.snapshot()).unwrap();
        let third: Bank<Name, Spot> = restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
        assert_eq!(second, third);
        for ((k, x), expected) in inputs.iter().zip(&expected).skip(cut) {
            assert_eq!(second.update_with(k, scored(*x), Name::clone), *expected);
        }
        assert_eq!(second, whole);
        assert_eq!(
            serde_json::to_string(&second.snapshot()).unwrap(),
            serde_json::to_string(&whole.snapshot()).unwrap()
        );
    }
}

fn scored(x: f64) -> evenkeel_core::Score {
    evenkeel_core::Score::from_deviation(x).unwrap()
}

#[test]
fn the_golden_snapshot_is_read_and_written() {
    let mut bank = settings(3).shards(2).seed(5).build::<u64>().unwrap();
    for i in 0..10_u64 {
        bank.update(&(i * i % 7), i as f64);
    }
    let text = serde_json::to_string(&bank.snapshot()).unwrap();
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenkeel-testing/golden/detect/bank.json");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(golden.trim_end(), text);
    let again: Bank<u64, EwmaChart> = restore(&mut serde_json::Deserializer::from_str(&golden)).unwrap();
    assert_eq!(again, bank);
}

#[test]
fn what_no_bank_could_be_is_refused() {
    let mut bank = bank(3);
    for key in 0..3_u64 {
        bank.update(&key, 1.0);
    }
    let good = serde_json::to_value(bank.snapshot()).unwrap();
    let read =
        |value: &serde_json::Value| restore::<Bank<u64, EwmaChart>, _>(value).map_err(|e| e.to_string());
    assert_eq!(read(&good).unwrap(), bank);
    let broken = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = good.clone();
        change(&mut value[1]);
        read(&value).unwrap_err()
    };
    let twice = broken(&|v| v["series"][1] = v["series"][0].clone());
    assert!(twice.contains("sorted"), "{twice}");
    let more = broken(&|v| v["settings"]["capacity"] = 2.into());
    assert!(more.contains("room"), "{more}");
    let clock = broken(&|v| v["clocks"][0][0] = 2.into());
    assert!(clock.contains("clocks"), "{clock}");
    let same = broken(&|v| v["series"][1][1] = v["series"][0][1].clone());
    assert!(same.contains("clocks"), "{same}");
    let shards = broken(&|v| v["settings"]["shards"] = 2.into());
    assert!(shards.contains("clocks"), "{shards}");
    let text = serde_json::to_string(&good).unwrap().replace("EwmaChart@1", "EwmaChart@2");
    let other = restore::<Bank<u64, EwmaChart>, _>(&mut serde_json::Deserializer::from_str(&text));
    assert!(other.unwrap_err().to_string().contains("Bank@1<EwmaChart@2>"));
}

#[test]
fn settings_are_validated() {
    let name = |built: Result<Bank<u64, EwmaChart>, Error>| match built.unwrap_err() {
        Error::Parameter { name, .. } => name.to_string(),
        other => panic!("{other}"),
    };
    assert_eq!(name(settings(0).build()), "capacity");
    assert_eq!(name(settings(3).shards(4).build()), "capacity");
    assert_eq!(name(settings(usize::MAX).build()), "capacity");
    assert_eq!(name(settings(3).shards(0).build()), "shards");
    assert_eq!(name(settings(3).bytes(10, 0).build()), "bytes");
    assert_eq!(name(settings(3).bytes(1_000, usize::MAX).build()), "bytes");
}

/// Keys spread evenly over shards and over the table: no shard has much more than its share.
#[test]
fn keys_spread_over_shards() {
    let mut bank = settings(80_000).shards(8).build::<u64>().unwrap();
    for key in 0..40_000_u64 {
        bank.update(&(key << 20), 0.0);
    }
    // A shard with twice its share would be full and would have forgotten some.
    assert_eq!((bank.len(), bank.evictions()), (40_000, 0));
    let cusum = Cusum::builder(0.0, 1.0).build().unwrap();
    let counts: HashMap<bool, usize> = HashMap::from([(true, 1)]);
    let mut other = Bank::builder(cusum, 2).build::<bool>().unwrap();
    assert!(other.update(&counts.contains_key(&true), 0.0).is_some());
}
