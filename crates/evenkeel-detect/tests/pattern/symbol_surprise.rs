use crate::stream::{normal, uniform};
use evenkeel_core::{Error, Stage};
use evenkeel_detect::pattern::SymbolSurprise;

fn stage() -> SymbolSurprise {
    SymbolSurprise::builder().build().unwrap()
}

fn mean(stage: &mut SymbolSurprise, stream: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for score in stage.run(stream).flatten() {
        (sum, n) = (sum + score.value(), n + 1.0);
    }
    sum / n
}

#[test]
fn refuses_what_is_no_setting() {
    for (builder, name) in [
        (SymbolSurprise::builder().warm_up(15), "warm_up"),
        (SymbolSurprise::builder().depth(0), "depth"),
        (SymbolSurprise::builder().depth(5), "depth"),
        (SymbolSurprise::builder().memory(3), "memory"),
        (SymbolSurprise::builder().memory(32_769), "memory"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

/// The mixture is close to the entropy of what it reads: uniform letters cannot be guessed, a period can.
#[test]
fn surprise_is_close_to_the_entropy() {
    // Of values alone two thirds of 4, 6 and 10 letters are used, the logarithms of which are 2.05 on
    // average; differences have less.
    let noise = mean(&mut stage(), uniform(1).take(60_000));
    assert!((1.8..2.05).contains(&noise), "{noise}");
    let period = mean(&mut stage(), (0..20_000).map(|i| f64::from([0, 3, 1, 7, 5, 2, 6][i % 7])));
    assert!(period < 0.02, "{period}");
}

/// Context matters: letters that are ordinary, in an order that is not.
#[test]
fn order_is_noticed() {
    let mut surprise = stage();
    let saw = |i: u32| f64::from(i % 10);
    mean(&mut surprise, (0..3000).map(saw));
    let calm = mean(&mut surprise, (0..20).map(saw));
    let backwards = mean(&mut surprise, (0..20).rev().map(saw));
    assert!(calm < 0.3 && backwards > 2.0, "{calm} {backwards}");
}

#[test]
fn a_level_shift_is_relearnt() {
    let mut surprise = stage();
    let mut noise = normal(2);
    let calm = mean(&mut surprise, noise.by_ref().take(3000));
    assert_eq!(surprise.relearned(), 0);
    let before = surprise.range().unwrap();
    assert!(before.0 < -2.5 && before.1 > 2.5 && before.1 < 6.0);
    // The shift itself is a surprise.
    let first = surprise.update(1000.0).unwrap().value();
    assert!(first > calm + 2.0, "{first} {calm}");
    mean(&mut surprise, noise.by_ref().take(1000).map(|z| 1000.0 + z));
    assert!(surprise.relearned() > 0);
    assert!(surprise.range().unwrap().1 > 980.0);
    // In the new range the noise fits into one letter; what leaves it is a surprise again.
    let odd = surprise.update(0.0).unwrap().value();
    assert!(odd > 2.0, "{odd}");
}

#[test]
fn constants_and_their_ends() {
    let mut surprise = stage();
    assert!(mean(&mut surprise, [5.0; 2000]) < 0.02);
    assert!(surprise.update(5.1).unwrap().value() > 5.0);
    assert_eq!(surprise.update(f64::NAN), None);
}
