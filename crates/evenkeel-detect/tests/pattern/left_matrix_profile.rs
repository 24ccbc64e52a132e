use crate::reference_shapes::plain_distance;
use crate::stream::normal;
use core::f64::consts::TAU;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::pattern::LeftMatrixProfile;
use proptest::prelude::*;

/// The definition: for each value the smallest distance of the window that ends there to one of the history.
fn plain(values: &[f64], m: usize, history: usize, exclusion: usize) -> Vec<Option<f64>> {
    let distance = |t: usize| {
        let i = (t + 1).checked_sub(m)?;
        let others = i.saturating_sub(history)..(i).saturating_sub(exclusion);
        let flat = 1e-12;
        others.map(|j| plain_distance(&values[i..i + m], &values[j..j + m], flat)).min_by(f64::total_cmp)
    };
    (0..values.len()).map(distance).collect()
}

proptest! {
    #[test]
    fn it_is_the_smallest_distance(
        raw in prop::collection::vec(prop_oneof![4 => -1.0..1.0, 1 => Just(0.25)], 20..300),
        m in 3_usize..13,
        more in 0_usize..40,
        exclusion in 0_usize..12,
        level in prop_oneof![Just(0.0), Just(1e5)],
        flat in 20_usize..200,
    ) {
        let mut values: Vec<f64> = raw.iter().map(|x| x + level).collect();
        // A stretch without any spread.
        for x in values.iter_mut().skip(flat).take(17) {
            *x = level;
        }
        let history = 2 * m + more;
        let exclusion = exclusion.min(history / 2);
        let mut profile = LeftMatrixProfile::builder(m).history(history).exclusion(exclusion).build().unwrap();
        let expected = plain(&values, m, history, exclusion);
        for (t, x) in values.iter().enumerate() {
            let said = profile.update(*x).map(|score| score.value());
            prop_assert_eq!(said.is_some(), expected[t].is_some(), "{}", t);
            if let (Some(ours), Some(theirs)) = (said, expected[t]) {
                prop_assert!((ours - theirs).abs() < 1e-5, "{t}: {ours} {theirs}");
                // The neighbor that is named has this distance.
                let lag = profile.neighbor().unwrap();
                prop_assert!(lag > exclusion && lag <= history);
                let i = t + 1 - m;
                let named = plain_distance(&values[i..=t], &values[i - lag..=t - lag], 1e-12);
                prop_assert!((ours - named).abs() < 1e-5, "{t}: {ours} {named}");
            }
        }
    }

    /// A pruned search says a distance to a window of the history: that to the nearest, or one that is less
    /// than the largest score so far.
    #[test]
    fn a_pruned_score_is_exact_or_below_the_largest(
        seed in 0_u64..1_000,
        m in 4_usize..40,
        more in 0_usize..700,
        memory in prop_oneof![Just(2), Just(200), Just(usize::MAX)],
        gap in 0_usize..60,
    ) {
        let history = 2 * m + more;
        let builder = LeftMatrixProfile::builder(m).history(history);
        let (mut all, mut pruned) = (builder.build().unwrap(), builder.pruned(memory).build().unwrap());
        let keeps = 1.0 - 1.0 / memory as f64;
        let (mut largest, mut ended) = (0.0_f64, 0);
        let values: Vec<f64> = normal(seed).take(1_200).collect();
        for (t, z) in values.iter().enumerate() {
            let missing = gap > 0 && t % 100 < gap / 10 || (500..500 + gap).contains(&t);
            let x = if missing { f64::NAN } else { (t as f64 / 17.0 * TAU).sin() + 0.2 * z };
            let (full, some) = (all.update(x).map(|s| s.value()), pruned.update(x).map(|s| s.value()));
            prop_assert_eq!(full.is_some(), some.is_some());
            prop_assert!(all.is_exact());
            let (Some(full), Some(some)) = (full, some) else {
                prop_assert!(pruned.is_exact() && pruned.neighbor().is_none());
                continue;
            };
            let sunk = largest * keeps;
            if pruned.is_exact() {
                prop_assert!((some - full).abs() < 1e-7, "{t}: {some} {full}");
            } else {
                prop_assert!(full <= some + 1e-7 && some <= sunk + 1e-7, "{t}: {full} {some} {sunk}");
                ended += 1;
            }
            prop_assert!((m..=history).contains(&pruned.neighbor().unwrap()));
            let windows = (t + 1 - m).min(history) + 1 - m;
            largest = if windows >= 4 * m { sunk.max(some) } else { 0.0 };
        }
        if memory > 2 && more > 3 * m {
            prop_assert!(ended > 100, "{ended}");
        }
    }

    /// In single precision a score is the distance to the window that is named, and nearly that to the
    /// nearest.
    #[test]
    fn single_precision_is_near(
        seed in 0_u64..1_000,
        m in 3_usize..60,
        more in 0_usize..500,
        (wave, noise) in prop_oneof![Just((1.0, 0.0)), Just((1.0, 0.1)), Just((0.0, 1.0))],
        jump in prop_oneof![Just(0.0), Just(30.0), Just(1e3)],
        unit in prop_oneof![Just(1.0), Just(1e-9), Just(1e9)],
        level in prop_oneof![Just(0.0), Just(1e5)],
        pruned in prop_oneof![3 => Just(None), 1 => Just(Some(300))],
        gap in 0_usize..20,
    ) {
        let builder = LeftMatrixProfile::builder(m).history(2 * m + more);
        let builder = if let Some(memory) = pruned { builder.pruned(memory) } else { builder };
        let mut double = builder.build().unwrap();
        let mut single = builder.build_single().unwrap();
        let mut step = 0.0;
        let mut values = Vec::new();
        for (t, z) in normal(seed).take(1_000).enumerate() {
            if t % (5 * m) == 0 {
                step = jump * z;
            }
            let shape = wave * (t as f64 / m as f64 * TAU).sin() + noise * z;
            let x = unit * (level + step + shape);
            let x = if (600..600 + gap).contains(&t) { f64::NAN } else { x };
            let (exact, near) = (double.update(x).map(|s| s.value()), single.update(x).map(|s| s.value()));
            prop_assert_eq!(exact.is_some(), near.is_some());
            values.push(if x.is_nan() { values[t - 1] } else { x });
            let (Some(exact), Some(near)) = (exact, near) else { continue };
            let lag = single.neighbor().unwrap();
            let i = t + 1 - m;
            let named = plain_distance(&values[i..=t], &values[i - lag..=t - lag], 1e-12 * unit);
            prop_assert!((near - named).abs() < 1e-5, "{t}: {near} {named}");
            if pruned.is_none() {
                let most = 0.01 * 2.0 * (m as f64).sqrt();
                prop_assert!(near >= exact - 1e-5 && near <= exact + most, "{t}: {near} {exact}");
            }
        }
    }

    /// Level, unit and sign of the values mean nothing.
    #[test]
    fn it_is_invariant(seed in 0_u64..1_000, by in prop_oneof![Just(-1.0), Just(8.0)], to in -100.0..100.0) {
        let run = |by: f64, to: f64| -> Vec<Option<f64>> {
            let mut profile = LeftMatrixProfile::builder(8).history(50).build().unwrap();
            normal(seed).take(200).map(|x| profile.update(x * by + to).map(|s| s.value())).collect()
        };
        for (a, b) in run(1.0, 0.0).into_iter().zip(run(by, to)) {
            prop_assert!((a.unwrap_or(-1.0) - b.unwrap_or(-1.0)).abs() < 1e-7);
        }
    }
}

/// What single precision saves.
#[test]
fn single_precision_takes_less_room() {
    let builder = LeftMatrixProfile::builder(100).history(10_000);
    let double = allocation_counter::measure(|| drop(builder.build().unwrap())).bytes_max;
    let single = allocation_counter::measure(|| drop(builder.build_single().unwrap())).bytes_max;
    // The documented sizes, and one of eighty parts for what is there once for each block.
    assert!(double as usize <= (90 * 10_000 + 139 * 100) * 81 / 80, "{double}");
    assert!(single as usize <= (64 * 10_000 + 158 * 100) * 81 / 80, "{single}");
}

/// A value far from the rest costs the search no digits beyond the windows that it is in.
#[test]
fn single_precision_recovers() {
    let (m, history) = (20, 400);
    let mut values: Vec<f64> =
        normal(12).take(3_000).enumerate().map(|(t, z)| (t as f64 / 20.0 * TAU).sin() + 0.2 * z).collect();
    values[1_000] = 1e100;
    let mut single = LeftMatrixProfile::builder(m).history(history).build_single().unwrap();
    let mut same = 0;
    for (t, (x, exact)) in values.iter().zip(plain(&values, m, history, m - 1)).enumerate() {
        let near = single.update(*x).map(|score| score.value());
        assert_eq!(near.is_some(), exact.is_some());
        let (Some(near), Some(exact)) = (near, exact) else { continue };
        assert!(near.is_finite());
        if !(1_000..1_000 + m).contains(&t) {
            let most = 0.01 * 2.0 * (m as f64).sqrt();
            assert!(near >= exact - 1e-5 && near <= exact + most, "{t}: {near} {exact}");
            same += u32::from((near - exact).abs() < 1e-5);
        }
    }
    assert!(same > 2_900, "{same}");
}

evenkeel_testing::conformance! {
    single_precision {
        stage: LeftMatrixProfile::builder(16).history(96).build_single().unwrap(), input: f64, kind: detector,
        missing: recovers, steps: 100_000
    }
    single_precision_pruned {
        stage: LeftMatrixProfile::builder(16).history(300).pruned(200).build_single().unwrap(), input: f64, kind: detector,
        missing: recovers, steps: 100_000
    }
}

/// A long stream on a high and wandering level, and enormous values on the way: errors do not pile up.
#[test]
fn rounding_is_forgotten() {
    let (m, history) = (20, 100);
    let mut level = 1e7;
    let mut values: Vec<f64> = normal(3)
        .take(40_000)
        .map(|z| {
            level += 3.0 * z;
            level + 10.0 * (z * 7.0).sin()
        })
        .collect();
    values[20_000] = 1e100;
    values[30_000] = -1e30;
    let mut profile = LeftMatrixProfile::builder(m).history(history).exclusion(5).build().unwrap();
    let expected = plain(&values, m, history, 5);
    let mut compared = 0;
    for (t, x) in values.iter().enumerate() {
        let ours = profile.update(*x).map_or(-1.0, |s| s.value());
        let theirs = expected[t].unwrap_or(-1.0);
        let after_enormous = [20_000, 30_000].iter().any(|at| (*at..at + history + 2 * m).contains(&t));
        if !after_enormous {
            assert!((ours - theirs).abs() < 1e-5, "{t}: {ours} {theirs}");
            compared += 1;
        }
    }
    assert!(compared > 39_000);
}

#[test]
fn the_period_is_found() {
    let window = |of: &dyn Fn(f64, f64) -> f64| {
        let mut profile = LeftMatrixProfile::automatic().build().unwrap();
        for (t, z) in normal(9).take(1_000).enumerate() {
            assert!(profile.window().is_none());
            profile.update(of(t as f64, z));
        }
        profile.window().unwrap()
    };
    assert_eq!(window(&|t, z| (t / 48.0 * TAU).sin() + 0.2 * z + 0.01 * t), 48);
    // Seven values are too few: three times seven.
    assert_eq!(window(&|t, z| f64::from(u8::from(t % 7.0 < 5.0)) + 0.1 * z), 21);
    assert_eq!(window(&|_, z| z), 100, "there is none");
    assert_eq!(window(&|_, _| 5.0), 100);
    assert_eq!(window(&|t, _| t), 100, "a line is no period");
}

/// After a period was found, it is as if the window had been given.
#[test]
fn an_automatic_window_goes_on_like_a_given_one() {
    let value = |(t, z): (usize, f64)| (t as f64 / 40.0 * TAU).sin() + 0.3 * z;
    let values: Vec<f64> = normal(4).take(1_500).enumerate().map(value).collect();
    let mut automatic = LeftMatrixProfile::automatic().history(500).learn(400).build().unwrap();
    let mut given = LeftMatrixProfile::builder(40).history(500).build().unwrap();
    let mut spoken = 0;
    for x in &values {
        let (a, b) = (automatic.update(*x), given.update(*x));
        if let Some(a) = a {
            assert!((a.value() - b.unwrap().value()).abs() < 1e-9);
            assert_eq!(automatic.neighbor(), given.neighbor());
            spoken += 1;
        }
    }
    assert_eq!(spoken, 1_101);
}

#[test]
fn few_missing_values_are_bridged_and_many_are_not_compared() {
    let wave = |t: usize| (t as f64 / 20.0 * TAU).sin();
    let mut profile = LeftMatrixProfile::builder(20).history(200).build().unwrap();
    for t in 0..300 {
        let missing = t % 25 == 0;
        let score = profile.update(if missing { f64::NAN } else { wave(t) });
        assert_eq!(score.is_some(), !missing && t >= 40, "{t}");
        assert!(score.is_none_or(|s| s.value() < 1.5));
    }
    // Time goes on while nothing comes: the phase is still that of the wave afterwards.
    for _ in 300..311 {
        assert!(profile.update(f64::NAN).is_none());
    }
    let after: Vec<bool> = (311..340).map(|t| profile.update(wave(t)).is_some()).collect();
    assert_eq!(after.iter().position(|spoke| *spoke), Some(14), "a quarter of the window may be missing");
    assert!(profile.update(wave(340)).unwrap().value() < 0.5);
}

#[test]
fn settings_are_validated() {
    let given = LeftMatrixProfile::builder(10);
    let automatic = LeftMatrixProfile::automatic();
    for (builder, name) in [
        (LeftMatrixProfile::builder(2), "window"),
        (LeftMatrixProfile::builder(1_000_001), "window"),
        (given.history(19), "history"),
        (given.history(10_000_001), "history"),
        (given.history(40).exclusion(21), "exclusion"),
        (given.pruned(1), "pruned"),
        (given.flat(-1.0), "flat"),
        (given.flat(f64::NAN), "flat"),
        (automatic.learn(29), "learn"),
        (automatic.learn(2_000).history(1_999), "learn"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}

/// Missing values in a row reach the far end of the history: what is written there can be read.
#[test]
fn a_history_may_begin_with_a_gap() {
    use evenkeel_core::Snapshot;
    let mut profile = LeftMatrixProfile::builder(4).history(16).build().unwrap();
    for i in 0..60_u32 {
        profile.update(if (10..16).contains(&(i % 30)) { f64::NAN } else { f64::from(i * 7 % 11) });
        let text = serde_json::to_string(&profile.snapshot()).unwrap();
        let again: LeftMatrixProfile =
            evenkeel_core::restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        assert_eq!(again, profile, "{i}");
    }
}

/// Whatever a search leaves out, the greatest discord is told with its exact distance.
#[test]
fn pruning_finds_the_discord() {
    let value = |(t, z): (usize, f64)| {
        let phase = t as f64 / 50.0 * TAU;
        let cycle = if (3_000..3_050).contains(&t) { (2.0 * phase).sin() } else { phase.sin() };
        cycle + 0.2 * z
    };
    let values: Vec<f64> = normal(6).take(4_000).enumerate().map(value).collect();
    let builder = LeftMatrixProfile::builder(50).history(2_000);
    let scores = |mut profile: LeftMatrixProfile| -> Vec<(f64, bool)> {
        values.iter().map(|x| (profile.update(*x).map_or(0.0, |s| s.value()), profile.is_exact())).collect()
    };
    let all = scores(builder.build().unwrap());
    for memory in [2_000, usize::MAX] {
        let pruned = scores(builder.pruned(memory).build().unwrap());
        let greatest =
            |scores: &[(f64, bool)]| (500..4_000).max_by(|a, b| scores[*a].0.total_cmp(&scores[*b].0));
        let at = greatest(&all).unwrap();
        assert!((3_000..3_100).contains(&at), "{at}");
        assert_eq!(greatest(&pruned), Some(at));
        assert!(pruned[at].1 && (pruned[at].0 - all[at].0).abs() < 1e-9);
        let searched = pruned[500..].iter().filter(|(_, exact)| *exact).count();
        assert!(searched < 350, "{searched} of 3,500 searched to the end");
    }
}
