//! The private tracking of that maximum while excesses come and go, against a search.

use super::pareto_fit::ParetoFit;
use super::pareto_track::Track;

fn uniform(i: u32) -> f64 {
    (f64::from(i.wrapping_mul(2_654_435_761).wrapping_add(12_345)) + 0.5) / 4_294_967_296.0
}

/// What is followed is what a search of everything finds, for heavy and short tails, with and without
/// censored ones.
#[test]
fn it_is_where_a_search_finds_it() {
    for shape in [-0.4, -0.1, 0.05, 0.3, 1.2] {
        for censored in [0, 7] {
            let excess = |i: u32| {
                let y = (libm::exp(-shape * libm::log(uniform(i))) - 1.0) / shape;
                if censored > 0 && i % censored == 3 { -y } else { y }
            };
            let mut kept: Vec<f64> = (0..200).map(excess).collect();
            let mut track = Track::default();
            let full = ParetoFit::searched(&kept);
            let (mut at, mut followed) = ((full.shape, full.scale), 0);
            for i in 200..900 {
                let place = i as usize % 200;
                let old = std::mem::replace(&mut kept[place], excess(i));
                track.learn(kept[place], Some(old));
                let full = ParetoFit::searched(&kept);
                match track.optimum(&kept, at.0, at.1) {
                    Some((a, b)) => {
                        followed += 1;
                        let near = (a - full.shape).abs() < 1e-5 && (b / full.scale - 1.0).abs() < 1e-5;
                        assert!(near, "{shape} {censored} {i}: {a} {b} {full:?}");
                    }
                    None => track.lose(),
                }
                at = (full.shape, full.scale);
            }
            assert!(followed > 600, "{shape} {censored}: {followed}");
        }
    }
}

#[test]
fn a_new_largest_beyond_the_end_point_is_left_to_a_search() {
    let mut kept: Vec<f64> = (1..100_u32).map(|i| f64::from(i) / 100.0).collect();
    let full = ParetoFit::searched(&kept);
    assert!(full.shape < -0.5);
    let mut track = Track::default();
    track.sum(full.shape / full.scale, &kept);
    kept.push(50.0);
    track.learn(50.0, None);
    assert_eq!(track, Track::default());
    assert_eq!(track.optimum(&kept, full.shape, full.scale), None);
}
