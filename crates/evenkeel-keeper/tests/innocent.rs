//! Who cannot be the cause.

#[path = "../src/innocent.rs"]
mod subject;

use subject::{Harm, components};

/// A harm from seconds before and after, and failing shares after.
fn harm(from: &str, to: &str, seconds: (f64, f64), failing: f64) -> Harm {
    Harm::new(
        from.into(),
        to.into(),
        &(vec![seconds.0; 20], vec![seconds.1; 4]),
        &(vec![0.0; 20], vec![failing; 4]),
    )
}

fn names(harms: &[Harm]) -> Vec<String> {
    components(harms).into_iter().map(|n| n.to_string()).collect()
}

#[test]
fn who_waits_for_the_culprit_is_innocent() {
    let harms = [
        harm("users", "edge", (0.04, 0.34), 0.0),
        harm("edge", "cart", (0.02, 0.32), 0.0),
        harm("edge", "catalog", (0.02, 0.02), 0.0),
        harm("cart", "payments", (0.01, 0.31), 0.0),
        harm("cart", "store", (0.01, 0.01), 0.0),
    ];
    assert_eq!(names(&harms), ["cart", "catalog", "edge", "store"]);
}

#[test]
fn who_is_slow_itself_is_not() {
    let harms = [harm("edge", "cart", (0.02, 0.62), 0.0), harm("cart", "store", (0.01, 0.012), 0.0)];
    assert_eq!(names(&harms), ["store"]);
    // A callee that is a little slower does not explain a caller that is much slower.
    let harms = [harm("edge", "cart", (0.02, 0.62), 0.0), harm("cart", "store", (0.01, 0.06), 0.0)];
    assert_eq!(names(&harms), Vec::<String>::new());
}

#[test]
fn errors_are_followed_down() {
    let harms = [harm("edge", "cart", (0.02, 0.02), 0.4), harm("cart", "store", (0.01, 0.01), 0.4)];
    assert_eq!(names(&harms), ["cart"]);
    let harms = [harm("edge", "cart", (0.02, 0.02), 0.4), harm("cart", "store", (0.01, 0.01), 0.0)];
    assert_eq!(names(&harms), ["store"]);
}

#[test]
fn where_nothing_is_seen_nobody_is_judged() {
    assert_eq!(names(&[harm("a", "b", (0.02, 0.02), 0.0)]), Vec::<String>::new());
    assert_eq!(names(&[]), Vec::<String>::new());
    // Two that call each other explain each other: then both remain.
    let harms = [harm("a", "b", (0.02, 0.5), 0.0), harm("b", "a", (0.02, 0.5), 0.0)];
    assert_eq!(names(&harms), Vec::<String>::new());
}

/// Nobody can say of whom nobody calls any more that he is well, nor of whom was never called before.
#[test]
fn without_calls_nobody_is_cleared() {
    let seen = |to: &str, before: usize, after: usize, slow: bool| {
        let seconds = (vec![0.01; before], vec![if slow { 0.5 } else { 0.01 }; after]);
        Harm::new("cart".into(), to.into(), &seconds, &(vec![0.0; before], vec![0.0; after]))
    };
    let cart = || harm("edge", "cart", (0.02, 0.62), 0.0);
    assert_eq!(names(&[cart(), seen("store", 20, 4, false)]), ["store"]);
    assert_eq!(names(&[cart(), seen("store", 20, 1, false)]), ["store"], "seldom is often enough");
    assert_eq!(names(&[cart(), seen("store", 20, 0, false)]), Vec::<String>::new());
    assert_eq!(names(&[cart(), seen("store", 0, 4, false)]), Vec::<String>::new());
    assert_eq!(names(&[cart(), seen("store", 0, 0, false)]), Vec::<String>::new());
    // One that another caller still sees is judged by that.
    let other = harm("catalog", "store", (0.01, 0.01), 0.0);
    assert_eq!(names(&[cart(), seen("store", 20, 0, false), other]), ["store"]);
}

/// What failed before as it does now is not what is wrong now; what never failed and fails once in a billion is not either.
#[test]
fn only_what_rose_is_harm() {
    let failing = |to: &str, before: f64, after: f64| {
        Harm::new(
            "edge".into(),
            to.into(),
            &(vec![0.02; 20], vec![0.02; 4]),
            &(vec![before; 20], vec![after; 4]),
        )
    };
    let slow = || harm("edge", "cart", (0.02, 0.62), 0.0);
    assert_eq!(names(&[slow(), failing("ads", 0.3, 0.3)]), ["ads"]);
    assert_eq!(names(&[slow(), failing("ads", 0.0, 1e-9)]), ["ads"]);
    assert_eq!(names(&[slow(), failing("ads", 0.3, 0.6)]), Vec::<String>::new());
    assert_eq!(names(&[slow(), failing("ads", 0.0, 0.2)]), Vec::<String>::new());
}
