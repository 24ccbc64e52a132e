//! Stationarity of sparse autoregressions.

use crate::sparse_ar::stability::{is_stationary, stabilize, stabilize_least};

#[test]
fn the_triangle_of_second_order() {
    for (a, b) in [(0.5, 0.3), (1.2, -0.5), (-0.4, 0.5), (1.9, -0.95)] {
        assert!(is_stationary(&[1, 2], &[a, b]), "{a} {b}");
    }
    for (a, b) in [(0.8, 0.3), (1.2, 0.1), (0.0, -1.0), (-0.6, 0.5), (2.0, -1.0)] {
        assert!(!is_stationary(&[1, 2], &[a, b]), "{a} {b}");
    }
    assert!(is_stationary(&[3, 168], &[0.09, 0.9]));
    assert!(!is_stationary(&[3, 168], &[0.2, 0.9]));
}

#[test]
fn what_explodes_is_tamed() {
    let mut c = [0.3, 0.9];
    let shrinkage = stabilize(&[1, 24], &mut c);
    assert!(shrinkage > 0.0 && is_stationary(&[1, 24], &c));
    assert!(c[0] > 0.25 && c[1] > 0.5, "{c:?}");
    let mut c = [0.5];
    assert_eq!((stabilize(&[1], &mut c), c[0]), (0.0, 0.5));
    let mut c = [1.02];
    stabilize_least(&[1], &mut c);
    assert!(c[0] > 0.999 && c[0] < 1.0, "{c:?}");
    let mut c = [1e9];
    stabilize(&[1], &mut c);
    assert!(c[0].is_finite());
}
