//! The generator as a source for `rand` and `rand_distr`.

use evenkeel_stats::{Gamma, Generator};
use proptest::prelude::*;
use rand::seq::{IndexedRandom, IteratorRandom, SliceRandom};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_xoshiro::Xoshiro256PlusPlus;

proptest! {
    /// Whatever is drawn in whatever order, it is what the reference implementation gives.
    #[test]
    fn every_method_is_that_of_xoshiro(seed in any::<u64>(), state in any::<[u8; 32]>(), draws in prop::collection::vec(0_usize..40, 1..60)) {
        prop_assume!(state != [0; 32]);
        for (mut ours, mut other) in [
            (<Generator as SeedableRng>::seed_from_u64(seed), Xoshiro256PlusPlus::seed_from_u64(seed)),
            (Generator::from_seed(state), Xoshiro256PlusPlus::from_seed(state)),
        ] {
            for draw in &draws {
                match draw {
                    0..=9 => prop_assert_eq!(Rng::next_u64(&mut ours), Rng::next_u64(&mut other)),
                    10..=19 => prop_assert_eq!(Rng::next_u32(&mut ours), Rng::next_u32(&mut other)),
                    more => {
                        let (mut a, mut b) = ([0; 20], [0; 20]);
                        Rng::fill_bytes(&mut ours, &mut a[..more - 20]);
                        Rng::fill_bytes(&mut other, &mut b[..more - 20]);
                        prop_assert_eq!(a, b);
                    }
                }
            }
        }
    }

    #[test]
    fn the_traits_give_our_own_sequence(seed in any::<u64>()) {
        let (mut own, mut traits) = (Generator::new(seed), <Generator as SeedableRng>::seed_from_u64(seed));
        prop_assert_eq!(&own, &traits);
        for _ in 0..20 {
            prop_assert_eq!(Generator::next_u64(&mut own), Rng::next_u64(&mut traits));
            prop_assert_eq!((own.next_u64() >> 32) as u32, Rng::next_u32(&mut traits));
            let mut bytes = [0; 11];
            Rng::fill_bytes(&mut traits, &mut bytes);
            prop_assert_eq!(&own.next_u64().to_le_bytes(), &bytes[..8]);
            prop_assert_eq!(&own.next_u64().to_le_bytes()[..3], &bytes[8..]);
        }
        prop_assert_eq!(own, traits);
    }
}

#[test]
fn all_zeros_is_no_state() {
    assert_eq!(Generator::from_seed([0; 32]), Generator::new(0));
}

#[test]
fn another_generator_seeds_it() {
    let mut a = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut b = a.clone();
    let (first, second) = (Generator::from_rng(&mut a), Generator::from_rng(&mut a));
    assert_ne!(first, second);
    assert_eq!(first, Generator::from_rng(&mut b));
}

/// The largest distance between the empirical distribution and the one that is claimed, times √n; below 2.2
/// but for one seed in ten thousand.
fn distance(mut sample: Vec<f64>, lower: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distances = sample.iter().enumerate().map(|(i, x)| {
        let p = lower(*x);
        (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
    });
    distances.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn rand_distr_draws_from_it() {
    let mut generator = Generator::new(3);
    for (shape, scale) in [(0.4, 2.0), (1.0, 1.0), (7.5, 0.1)] {
        let theirs = rand_distr::Gamma::new(shape, scale).unwrap();
        // The second parameter of ours is a scale, too.
        let ours = Gamma::new(shape, scale).unwrap();
        let sample = theirs.sample_iter(&mut generator).take(50_000).collect();
        assert!(distance(sample, |x| ours.lower(x)) < 2.2, "{shape} {scale}");
    }
    // Ranks of popularity: each is as frequent as its share says, within five standard errors.
    let (n, s, draws) = (20, 1.3_f64, 100_000);
    let zipf = Zipf::new(f64::from(n), s).unwrap();
    let mut counts = vec![0.0; n as usize];
    for rank in zipf.sample_iter(&mut generator).take(draws) {
        counts[rank as usize - 1] += 1.0;
    }
    let all: f64 = (1..=n).map(|k| f64::from(k).powf(-s)).sum();
    for (k, count) in (1..=n).zip(counts) {
        let share = f64::from(k).powf(-s) / all;
        let error = (draws as f64 * share * (1.0 - share)).sqrt();
        assert!((count - draws as f64 * share).abs() < 5.0 * error, "{k}: {count}");
    }
}

#[test]
fn rand_shuffles_and_chooses_with_it() {
    let mut generator = Generator::new(4);
    let mut orders = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        let mut items = [0, 1, 2, 3];
        // By its full name: the generator's own `shuffle` is another.
        SliceRandom::shuffle(&mut items[..], &mut generator);
        *orders.entry(items).or_insert(0) += 1;
    }
    assert_eq!(orders.len(), 24);
    assert!(orders.values().all(|count| (840..1160).contains(count)), "{orders:?}");

    let hosts = ["a", "b", "c"];
    let chosen = (0..3_000).filter(|_| *hosts.choose(&mut generator).unwrap() == "b").count();
    assert!((850..1150).contains(&chosen), "{chosen}");
    let three = (0..100).sample(&mut generator, 3);
    assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2]);

    // As a trait object, which is what code of others may hold.
    let object: &mut dyn Rng = &mut generator;
    assert!((0.0..1.0).contains(&object.random::<f64>()));
    assert!((10..20).contains(&object.random_range(10..20)));
}

/// A snapshot goes on in the middle of what another crate draws.
#[test]
fn a_snapshot_continues_what_rand_draws() {
    let mut generator = Generator::new(5);
    let normal = rand_distr::StandardNormal;
    let _: f64 = normal.sample(&mut generator);
    let text = serde_json::to_string(&generator).unwrap();
    let mut again: Generator = serde_json::from_str(&text).unwrap();
    for _ in 0..100 {
        let (a, b): (f64, f64) = (normal.sample(&mut generator), normal.sample(&mut again));
        assert_eq!(a.to_bits(), b.to_bits());
    }
}
