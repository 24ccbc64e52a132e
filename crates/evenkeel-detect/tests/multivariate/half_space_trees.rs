use crate::stream::{normal, uniform};
use evenkeel_core::{Error, Stage};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::multivariate::HalfSpaceTrees;

#[test]
fn refuses_what_are_no_trees() {
    let trees = || HalfSpaceTrees::builder(2);
    for (builder, name) in [
        (HalfSpaceTrees::builder(0), "dimensions"),
        (trees().trees(0), "trees"),
        (trees().depth(16), "depth"),
        (trees().window(1), "window"),
        (trees().sparse(251), "sparse"),
        (trees().range(&[(0.0, 1.0)]), "range"),
        (trees().range(&[(0.0, 1.0), (1.0, 1.0)]), "range"),
        (trees().range(&[(0.0, 1.0), (f64::NAN, 1.0)]), "range"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

/// A window that is spread evenly over the range is as many times denser than its box as the box is longer.
#[test]
fn scores_are_log_densities() {
    let builder = HalfSpaceTrees::builder(1).range(&[(0.0, 1.0)]).trees(200).window(20_000).sparse(50);
    let mut trees = Univariate(builder.build().unwrap());
    trees.run(uniform(1).take(20_000)).for_each(drop);
    let scores: Vec<f64> =
        trees.run(uniform(2).take(2000)).map(|score| 2.0_f64.powf(-score.unwrap().value())).collect();
    // A box reaches 2 max(u, 1 - u) to each side of a uniform u: three ranges on average, of which the values
    // take one.
    let wanted = 3.0;
    let density = scores.iter().sum::<f64>() / scores.len() as f64;
    assert!((density / wanted - 1.0).abs() < 0.05, "{density} {wanted}");
}

#[test]
fn a_rare_place_is_a_surprise_and_then_is_not() {
    let mut trees = HalfSpaceTrees::builder(2).build().unwrap();
    let mut noise = normal(3);
    let mut row = |x: f64, y: f64| [x + noise.next().unwrap(), y + noise.next().unwrap()];
    for _ in 0..499 {
        assert!(trees.update(&row(10.0, -5.0)).is_none() || trees.range().len() == 2);
    }
    let mean = |trees: &mut HalfSpaceTrees, rows: Vec<[f64; 2]>| {
        let n = rows.len() as f64;
        rows.iter().map(|row| trees.update(row).unwrap().value()).sum::<f64>() / n
    };
    let calm = mean(&mut trees, (0..100).map(|_| row(10.0, -5.0)).collect());
    let odd = mean(&mut trees, (0..20).map(|_| row(16.0, -11.0)).collect());
    assert!(odd > calm + 3.0, "{odd} {calm}");
    mean(&mut trees, (0..600).map(|_| row(16.0, -11.0)).collect());
    let learnt = mean(&mut trees, (0..100).map(|_| row(16.0, -11.0)).collect());
    assert!(learnt < odd - 2.0, "{learnt} {odd}");
}

#[test]
fn a_missing_coordinate_is_no_anomaly() {
    let mut trees = HalfSpaceTrees::builder(2).build().unwrap();
    let mut noise = normal(4);
    for _ in 0..1000 {
        trees.update(&[noise.next().unwrap(), noise.next().unwrap()]);
    }
    let whole = trees.clone().update(&[0.0, 0.0]).unwrap().value();
    let half = trees.clone().update(&[0.0, f64::NAN]).unwrap().value();
    assert!((whole - half).abs() < 1.5, "{whole} {half}");
    assert!(trees.clone().update(&[6.0, f64::NAN]).unwrap().value() > half + 1.5);
    assert!(trees.update(&[f64::NAN; 2]).is_none() && trees.update(&[1.0]).is_none());
}

#[test]
fn constant_dimensions_have_a_range() {
    let mut trees = Univariate(HalfSpaceTrees::builder(1).build().unwrap());
    trees.run([42.0; 500]).for_each(drop);
    let same = trees.update(42.0).unwrap().value();
    assert!(trees.update(43.0).unwrap().value() > same + 3.0);
}
