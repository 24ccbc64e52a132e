//! Replays of `reference/detect`: profiles and saliency.

use evenkeel_core::Stage;
use evenkeel_detect::pattern::LeftMatrixProfile;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note", default)]
    _note: Value,
    cases: Vec<ProfileCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileCase {
    m: usize,
    input: Vec<f64>,
    #[serde(rename = "left_P")]
    left_distances: Vec<Option<f64>>,
    #[serde(rename = "left_I")]
    left_neighbors: Vec<i64>,
    // The profile over both sides looks at the future.
    #[serde(rename = "P", default)]
    _distances: Value,
    #[serde(rename = "I", default)]
    _neighbors: Value,
    excl: usize,
}

#[test]
fn left_matrix_profile() {
    let file: ProfileFile = load("detect", "left_matrix_profile.json");
    assert!(!file.cases.is_empty());
    let mut compared = 0;
    for case in &file.cases {
        let (m, n) = (case.m, case.input.len());
        let windows = n + 1 - m;
        assert_eq!((case.left_distances.len(), case.left_neighbors.len()), (windows, windows));
        let history = n.max(2 * m);
        let builder = LeftMatrixProfile::builder(m).history(history).exclusion(case.excl).flat(1e-7);
        let mut profile = builder.build().unwrap();
        let mut distance = vec![None; windows];
        let mut neighbor = vec![-1; windows];
        for (t, x) in case.input.iter().enumerate() {
            let score = profile.update(*x).map(|score| score.value());
            if let Some(window) = (t + 1).checked_sub(m) {
                distance[window] = score;
                neighbor[window] = profile.neighbor().map_or(-1, |lag| (window - lag) as i64);
            } else {
                assert!(score.is_none());
            }
        }
        for i in 0..windows {
            let (Some(ours), Some(theirs)) = (distance[i], case.left_distances[i]) else {
                assert!(distance[i].is_none() && case.left_distances[i].is_none(), "window {i}");
                assert!(neighbor[i] == -1 && case.left_neighbors[i] == -1, "window {i}");
                continue;
            };
            assert_close!(ours, theirs, 1e-6, 1e-6);
            compared += 1;
            // Neighbors that are equally near are not told apart by what rounding leaves.
            if neighbor[i] != case.left_neighbors[i] {
                let at = usize::try_from(case.left_neighbors[i]).unwrap();
                let theirs = plain_distance(&case.input[i..i + m], &case.input[at..at + m], 1e-7);
                assert_close!(ours, theirs, 1e-6, 1e-6);
            }
        }
    }
    assert!(compared > 0);
}

/// The definition of the distance.
pub(crate) fn plain_distance(a: &[f64], b: &[f64], flat: f64) -> f64 {
    let n = a.len() as f64;
    let standardized = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / n;
        let sd = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        (sd > flat).then(|| x.iter().map(|x| (x - mean) / sd).collect::<Vec<_>>())
    };
    match (standardized(a), standardized(b)) {
        (Some(a), Some(b)) => a.iter().zip(&b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt(),
        (None, None) => 0.0,
        _ => n.sqrt(),
    }
}

#[cfg(feature = "spectral")]
mod spectral {
    use super::{Deserialize, Value, assert_close, load};
    use evenkeel_detect::outlier::Saliency;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "versions")]
        _versions: Value,
        #[serde(rename = "note", default)]
        _note: Value,
        cases: Vec<Case>,
        tsb_ad: Option<Centered>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        input: Vec<f64>,
        mag_window: usize,
        score_window: usize,
        saliency: Vec<f64>,
        score: Vec<f64>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Centered {
        input: Vec<f64>,
        score: Vec<f64>,
    }

    #[test]
    fn spectral_residual() {
        let file: File = load("detect", "spectral_residual.json");
        assert!(!file.cases.is_empty());
        let mut kernel = Saliency::new();
        for case in &file.cases {
            let saliency = kernel.trailing(&case.input, case.mag_window).unwrap().to_vec();
            assert_eq!((saliency.len(), case.score.len()), (case.saliency.len(), case.input.len()));
            for (at, (ours, theirs)) in saliency.iter().zip(&case.saliency).enumerate() {
                assert_close!(*ours, *theirs, 1e-9, 1e-9);
                let excess = kernel.excess(at, case.score_window).unwrap();
                assert_close!(excess.abs(), case.score[at], 1e-9, 1e-9);
            }
        }
        if let Some(case) = &file.tsb_ad {
            let saliency = kernel.centered(&case.input).unwrap();
            assert_eq!(saliency.len(), case.score.len());
            for (ours, theirs) in saliency.iter().zip(&case.score) {
                assert_close!(*ours, *theirs, 1e-9, 1e-9);
            }
        }
    }
}
