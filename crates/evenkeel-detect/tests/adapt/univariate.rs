use evenkeel_core::{Snapshot, Stage};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::multivariate::HalfSpaceTrees;

/// The joint adds nothing and loses nothing.
#[test]
fn numbers_are_rows_of_one() {
    let trees = HalfSpaceTrees::builder(1).window(10).seed(4).build().unwrap();
    let (mut numbers, mut rows) = (Univariate(trees.clone()), trees);
    for i in 0..60 {
        let x = if i % 7 == 3 { f64::NAN } else { f64::from(i % 5) };
        assert_eq!(numbers.update(x), rows.update(&[x]));
    }
    assert_eq!(numbers.0, rows);
    numbers.reset();
    assert_eq!(numbers.0, HalfSpaceTrees::builder(1).window(10).seed(4).build().unwrap());
    assert_eq!(Univariate::<HalfSpaceTrees>::schema(), "Univariate@1<HalfSpaceTrees@2>");
}
