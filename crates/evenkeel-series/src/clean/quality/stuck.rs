//! Runs of equal values.

/// Whether a run of equal values is too long to be chance: fewer than one such run in a thousand series as
/// long as this one, if values repeat as often as they do outside of it. Where too little is known outside,
/// no run counts as stuck.
pub(super) fn is_stuck(run: u64, least: u64, equal_pairs: u64, pairs: u64) -> bool {
    // A source that hardly ever varied is constant, not stuck.
    if run < least || pairs < 10 || equal_pairs >= pairs {
        return false;
    }
    let repeat = (equal_pairs as f64 + 1.0) / (pairs as f64 + 2.0);
    let expected = (pairs as f64 + run as f64) * libm::pow(repeat, run as f64 - 1.0);
    expected < 1e-3
}
