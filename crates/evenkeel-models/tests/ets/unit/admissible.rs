//! The admissible region.

use crate::ets::admissible::is_admissible;

/// Whether a run of the recursion without data forgets its states.
fn forgets(alpha: f64, beta: f64, gamma: f64, phi: f64, m: usize) -> bool {
    let (mut l, mut b) = (1.0, 0.3);
    let mut season: Vec<f64> = (0..m).map(|i| if i % 3 == 0 { 1.0 } else { -0.4 }).collect();
    // Late, and later: next to the unit circle what is forgotten is still far from gone.
    let mut largest = [0.0_f64; 2];
    for t in 0..40_000 {
        let q = l + phi * b;
        let s = season[t % m];
        let e = -(q + s);
        // What explodes ends as no number at all, which no maximum would show.
        if !e.is_finite() {
            return false;
        }
        (l, b) = (q + alpha * e, phi * b + beta * e);
        season[t % m] = s + gamma * e;
        match t {
            19_000..20_000 => largest[0] = largest[0].max(e.abs()),
            39_000.. => largest[1] = largest[1].max(e.abs()),
            _ => {}
        }
    }
    largest[1] < 1e-9 || largest[1] < 0.7 * largest[0]
}

#[test]
fn agrees_with_what_a_long_run_does() {
    let mut seen = [0; 2];
    for i in 0..300_u32 {
        let part = |k: u32| f64::from(i * k % 101) / 100.0;
        let (alpha, beta, gamma) = (0.05 + 1.9 * part(37), 0.05 + part(59), 0.02 + 1.5 * part(83));
        let phi = if i % 2 == 0 { 1.0 } else { 0.9 };
        let admissible = is_admissible(alpha, beta, gamma, phi, true, Some(4));
        assert_eq!(admissible, forgets(alpha, beta, gamma, phi, 4), "{alpha} {beta} {gamma} {phi}");
        seen[usize::from(admissible)] += 1;
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
    assert!(is_admissible(0.9, 0.0, 0.05, 1.0, false, Some(24)));
    assert!(!is_admissible(0.9, 0.0, 1.2, 1.0, false, Some(24)));
    assert!(is_admissible(0.5, 0.1, 0.0, 0.9, true, None) && !is_admissible(2.1, 0.1, 0.0, 0.9, true, None));
}
