//! The private tails of a binomial distribution.

#[path = "../../src/statistical/binomial.rs"]
mod source;

use source::binomial_tails;

#[test]
fn tails_of_small_binomials_are_known() {
    let (lower, upper) = binomial_tails(10, 3, 0.5);
    assert!((lower - 176.0 / 1024.0).abs() < 1e-14);
    assert!((upper - 968.0 / 1024.0).abs() < 1e-14);
    assert_eq!(binomial_tails(10, 0, 0.0), (1.0, 1.0));
    assert_eq!(binomial_tails(10, 1, 0.0), (1.0, 0.0));
    assert_eq!(binomial_tails(10, 10, 1.0), (1.0, 1.0));
}

#[test]
fn tails_of_a_large_binomial_add_up() {
    let (lower, upper) = binomial_tails(1_000_000, 1_000, 1e-3);
    let mass = lower + upper - 1.0;
    assert!((mass - 0.012_62).abs() < 1e-4, "{mass}");
}
