use crate::stream::normal;
use evenkeel_core::{Direction, Error, Score, Snapshot, Stage, restore};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::multivariate::RandomCutForest;

fn values(forest: &mut Univariate<RandomCutForest>, stream: impl Iterator<Item = f64>) -> Vec<Score> {
    stream.filter_map(|x| forest.update(x)).collect()
}

#[test]
fn refuses_what_is_no_forest() {
    let forest = || RandomCutForest::builder(3);
    for (builder, name) in [
        (RandomCutForest::builder(0), "dimensions"),
        (RandomCutForest::builder(4097), "dimensions"),
        (forest().shingle(0), "shingle"),
        (forest().shingle(1366), "shingle"),
        (forest().trees(0), "trees"),
        (forest().samples(1), "samples"),
        (forest().samples(16385), "samples"),
        (forest().decay(f64::NAN), "decay"),
        (forest().decay(-0.1), "decay"),
        (forest().warm_up(1), "warm_up"),
        (forest().trees(1000).samples(16384).shingle(1000), "trees * samples * shingle * dimensions"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

/// "About 1 is ordinary" is a promise.
#[test]
fn ordinary_scores_are_about_one() {
    for (dimensions, shingle) in [(1, 1), (1, 8), (5, 1), (3, 4)] {
        let mut forest = RandomCutForest::builder(dimensions).shingle(shingle).build().unwrap();
        let mut noise = normal(1);
        let (mut sum, mut n) = (0.0, 0.0);
        for _ in 0..1500 {
            let row: Vec<f64> = noise.by_ref().take(dimensions).collect();
            if let Some(score) = forest.update(&row) {
                (sum, n) = (sum + score.value(), n + 1.0);
            }
        }
        assert!((0.7..1.3).contains(&(sum / n)), "{dimensions} {shingle}: {}", sum / n);
    }
}

#[test]
fn an_outlier_has_a_dimension_a_side_and_an_expectation() {
    let mut forest = RandomCutForest::builder(4).shingle(1).expectations(true).build().unwrap();
    let mut noise = normal(2);
    let mut row = || -> Vec<f64> {
        let z: Vec<f64> = noise.by_ref().take(4).collect();
        // The third goes with the first, in other units.
        vec![z[0], 1e6 + 1e3 * z[1], 50.0 * z[0] + z[2], z[3]]
    };
    for _ in 0..1000 {
        forest.update(&row());
    }
    let ordinary = forest.clone().update(&row()).unwrap();
    let mut low = row();
    low[1] -= 9e3;
    let score = forest.clone().update(&low).unwrap();
    assert!(score.value() > 1.5 * ordinary.value() && score.value() > 2.0, "{score:?}");
    assert_eq!((score.dimension(), score.direction()), (Some(1), Direction::Down));
    assert!((score.expected().unwrap().mean() - 1e6).abs() < 2e3, "{score:?}");
    let mut copy = forest.clone();
    copy.update(&low);
    let parts: f64 = copy.attribution().map(|a| a.high + a.low).sum();
    assert!((parts - score.value()).abs() < 1e-3 * parts, "{parts}");
    let blamed = copy.attribution().find(|a| a.dimension == 1).unwrap();
    assert!(blamed.low > 0.8 * parts && blamed.high < 0.05 * parts && blamed.lag == 0);
    // Each ordinary alone, strange together.
    let together = forest.update(&[1.5, 1e6, -75.0, 0.0]).unwrap();
    assert!(together.value() > 1.3 * ordinary.value(), "{together:?} {ordinary:?}");
    assert!(matches!(together.dimension(), Some(0 | 2)));
}

#[test]
fn a_broken_wave_is_strange_and_is_learnt() {
    let mut forest = Univariate(RandomCutForest::builder(1).expectations(true).build().unwrap());
    let mut noise = normal(3);
    let wave = |i: u32| (f64::from(i) * 0.26).sin();
    let calm = values(&mut forest, (0..2000).map(|i| wave(i) + 0.02 * noise.next().unwrap()));
    let largest = calm.iter().skip(1000).map(|s| s.value()).fold(0.0, f64::max);
    // The wave stands still.
    let flat = values(&mut forest, (0..600).map(|_| wave(1999) + 0.02 * noise.next().unwrap()));
    assert!(flat[6].value() > 1.2 * largest, "{} {largest}", flat[6].value());
    assert!(flat[590].value() < 0.8 * flat[6].value(), "what lasts is learnt: {}", flat[590].value());
    let last = calm.last().unwrap().expected().unwrap();
    assert!((last.mean() - wave(1999)).abs() < 0.3 && last.sd() > 0.0, "{last:?} {}", wave(1999));
}

#[test]
fn missing_coordinates_are_imputed_by_the_others() {
    let mut forest = RandomCutForest::builder(2).shingle(1).build().unwrap();
    let mut noise = normal(4);
    for _ in 0..2000 {
        let z = noise.next().unwrap();
        forest.update(&[10.0 * z, 500.0 - 3.0 * z + 0.01 * noise.next().unwrap()]);
    }
    let whole = forest.clone().update(&[10.0, 497.0]).unwrap();
    let half = forest.clone().update(&[10.0, f64::NAN]).unwrap();
    assert!((whole.value() / half.value() - 1.0).abs() < 0.35, "{whole:?} {half:?}");
    let strange = forest.clone().update(&[10.0, 509.0]).unwrap();
    assert!(strange.value() > 1.5 * half.value());
    // A wholly missing row is not scored; the next goes on.
    let learned = forest.learned();
    assert!(forest.update(&[f64::NAN; 2]).is_none() && forest.update(&[1.0]).is_none());
    assert_eq!(forest.learned(), learned);
    assert!(forest.update(&[0.0, 500.0]).unwrap().value() < 1.5);
}

#[test]
fn a_gap_does_not_tear_a_pattern() {
    let mut forest = Univariate(RandomCutForest::builder(1).build().unwrap());
    let saw = |i: u32| f64::from(i % 12);
    values(&mut forest, (0..3000).map(saw));
    for _ in 3000..3003 {
        assert!(forest.update(f64::NAN).is_none());
    }
    for i in 3003..3020 {
        let score = forest.update(saw(i)).unwrap();
        assert!(score.value() < 1.5, "{i}: {score:?}");
    }
}

#[test]
fn seeds_decide() {
    let run = |seed: u64| {
        let mut forest = Univariate(RandomCutForest::builder(1).trees(5).seed(seed).build().unwrap());
        values(&mut forest, normal(5).take(500))
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// Duplicates share leaves; a constant is ordinary, and what is not it is not.
#[test]
fn constants_and_quantized_values() {
    let mut forest = Univariate(RandomCutForest::builder(1).shingle(2).build().unwrap());
    let constant = values(&mut forest, (0..2000).map(|_| 42.0));
    assert!(constant.last().unwrap().value() < 1.0);
    let other = forest.update(43.0).unwrap();
    assert!(other.value() > 4.0 && other.direction() == Direction::Up, "{other:?}");
    let mut forest = Univariate(RandomCutForest::builder(1).build().unwrap());
    values(&mut forest, normal(6).take(5000).map(|z| z.round()));
}

#[test]
fn hostile_arenas_are_refused() {
    let mut forest = RandomCutForest::builder(1).shingle(2).trees(1).samples(4).warm_up(0).build().unwrap();
    for x in [1.0, 2.0, 5.0, 3.0, 9.0, 4.0] {
        forest.update(&[x]);
    }
    let text = serde_json::to_string(&forest.snapshot()).unwrap();
    let read = |text: &str| restore::<RandomCutForest, _>(&mut serde_json::Deserializer::from_str(text));
    assert_eq!(read(&text).unwrap(), forest);
    // A forest of a gigabyte, said in a hundred bytes, makes no room for it.
    let state: serde_json::Value = serde_json::from_str(&text).unwrap();
    let change = |path: &[&str], to: serde_json::Value| {
        let mut state = state.clone();
        let mut at = &mut state[1];
        for step in path {
            at = match step.parse::<usize>() {
                Ok(i) => &mut at[i],
                Err(_) => &mut at[*step],
            };
        }
        assert_ne!(*at, to, "{path:?}");
        *at = to;
        read(&state.to_string())
    };
    for (path, to) in [
        (&["settings", "samples"][..], 16384.into()),
        (&["settings", "trees"], 1000.into()),
        (&["members", "0", "tree", "root"], 0x8000.into()),
        (&["members", "0", "tree", "root"], 7.into()),
        (&["members", "0", "tree", "nodes", "0", "1"], 2.into()),
        (&["members", "0", "tree", "nodes", "0", "0"], f32::NAN.to_bits().into()),
        (&["members", "0", "tree", "nodes", "0", "0"], 1e9_f32.to_bits().into()),
        (&["members", "0", "tree", "nodes", "0", "2"], 0.into()),
        (&["members", "0", "tree", "nodes", "0", "3"], u16::MAX.into()),
        (&["members", "0", "tree", "points", "0"], f32::INFINITY.to_bits().into()),
        (&["members", "0", "leaves", "0"], 9.into()),
        (&["members", "0", "weights", "0"], "NaN".into()),
        (&["members", "0", "weights", "0"], "-1e9".into()),
        (&["members", "0", "bound"], "-1".into()),
        (&["filled"], 0.into()),
        (&["shingle"], serde_json::json!([])),
    ] {
        assert!(change(path, to).is_err(), "{path:?}");
    }
    // One point 70,000 times, in a sample of four: no count of it runs over.
    let mut state = state.clone();
    let inner = &mut state[1];
    inner["learned"] = 70_000.into();
    inner["members"][0]["weights"] = vec![0.0; 70_000].into();
    inner["members"][0]["leaves"] = vec![0; 70_000].into();
    let refused = read(&state.to_string()).unwrap_err().to_string();
    assert!(refused.contains("as many leaves"), "{refused}");
}

/// Coordinates that differ by less than any reciprocal can bear: what is said stays finite, and what is
/// written can be read.
#[test]
fn tiny_differences_stay_finite() {
    let build = || {
        RandomCutForest::builder(1)
            .shingle(2)
            .trees(3)
            .samples(6)
            .warm_up(3)
            .expectations(true)
            .build()
            .unwrap()
    };
    let mut forest = Univariate(build());
    for (i, x) in [0.0, 4.7e-62, 9.3e-62, 0.0, 1e-80, 2.2e-61, 4.7e-62, 1e-90, 3.0, 0.0, 1e-75]
        .into_iter()
        .cycle()
        .take(60)
        .enumerate()
    {
        if let Some(score) = forest.update(x) {
            assert!(score.value() < 100.0, "{i}: {score:?}");
        }
        let text = serde_json::to_string(&forest.snapshot()).unwrap();
        let again: Univariate<RandomCutForest> =
            evenkeel_core::restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        assert_eq!(again, forest, "{i}");
    }
}
