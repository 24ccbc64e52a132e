use evenkeel_core::{At, Timestamp, exact};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

#[derive(Debug, Serialize, Deserialize)]
struct Every {
    #[serde(with = "exact")]
    one: f64,
    #[serde(with = "exact")]
    maybe: Option<f64>,
    #[serde(with = "exact")]
    many: Vec<f64>,
    #[serde(with = "exact")]
    queue: VecDeque<f64>,
    #[serde(with = "exact")]
    three: [f64; 3],
    #[serde(with = "exact")]
    boxed: Box<[f64]>,
    #[serde(with = "exact")]
    nested: Vec<[f64; 2]>,
}

impl Every {
    fn bits(&self) -> Vec<u64> {
        let nested = self.nested.iter().flatten();
        let all = [self.one].into_iter().chain(self.maybe).chain(self.many.iter().copied());
        let all = all.chain(self.queue.iter().copied()).chain(self.three).chain(self.boxed.iter().copied());
        // A NaN is a NaN: its payload is not promised.
        all.chain(nested.copied())
            .map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() })
            .collect()
    }
}

proptest! {
    #[test]
    fn every_bit_survives(bits in prop::collection::vec(any::<u64>(), 3..20)) {
        let xs: Vec<f64> = bits.iter().map(|b| f64::from_bits(*b)).collect();
        let every = Every {
            one: xs[0],
            maybe: xs.get(5).copied(),
            many: xs.clone(),
            queue: xs.iter().copied().collect::<VecDeque<_>>(),
            three: [xs[0], xs[1], xs[2]],
            boxed: xs.clone().into(),
            nested: vec![[xs[0], xs[1]]; 2],
        };
        let json: Every = serde_json::from_str(&serde_json::to_string(&every).unwrap()).unwrap();
        prop_assert_eq!(json.bits(), every.bits());
        let binary: Every = postcard::from_bytes(&postcard::to_allocvec(&every).unwrap()).unwrap();
        prop_assert_eq!(binary.bits(), every.bits());
    }
}

#[test]
fn text_is_what_a_person_expects() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct One(#[serde(with = "exact")] f64);
    assert_eq!(serde_json::to_string(&One(0.1)).unwrap(), r#""0.1""#);
    assert_eq!(serde_json::to_string(&One(f64::NEG_INFINITY)).unwrap(), r#""-inf""#);
    for text in ["0.5", r#""0.5""#, r#""5e-1""#] {
        assert_eq!(serde_json::from_str::<One>(text).unwrap(), One(0.5), "{text}");
    }
    assert_eq!(serde_json::from_str::<One>("-3").unwrap(), One(-3.0));
    let refused = serde_json::from_str::<One>(r#""half""#).unwrap_err();
    assert!(refused.to_string().contains("`half` is no number"), "{refused}");
    for bad in ["null", "[]", "{}", "true", ""] {
        assert!(serde_json::from_str::<One>(bad).is_err(), "{bad}");
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Others {
    #[serde(with = "exact")]
    single: Vec<f32>,
    #[serde(with = "exact")]
    pair: Option<(u64, f64)>,
    #[serde(with = "exact")]
    at: Vec<At<f64>>,
    #[serde(with = "exact")]
    plain: (bool, String, i8, Timestamp),
}

proptest! {
    #[test]
    fn singles_tuples_and_times_survive(bits in prop::collection::vec(any::<u32>(), 0..20), time in any::<i64>(), x in any::<f64>()) {
        let single: Vec<f32> = bits.iter().map(|b| f32::from_bits(*b)).filter(|x| !x.is_nan()).collect();
        let time = Timestamp::from_nanos(time);
        let others = Others { single, pair: Some((7, x)), at: vec![At::new(time, f64::INFINITY), At::new(time, x)], plain: (true, "a".into(), -1, time) };
        let text = serde_json::to_string(&others).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Others>(&text).unwrap(), &others);
        let bytes = postcard::to_allocvec(&others).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Others>(&bytes).unwrap(), &others);
    }
}

#[test]
fn a_single_written_by_hand_is_rounded_once() {
    #[derive(Deserialize)]
    struct One(#[serde(with = "exact")] f32);
    // Halfway between two singles but for the last digit, which the next double loses.
    let text = "1.00000005960464477539062500000001";
    assert_eq!(serde_json::from_str::<One>(&format!("\"{text}\"")).unwrap().0, text.parse::<f32>().unwrap());
    assert_eq!(serde_json::from_str::<One>("3").unwrap().0.to_bits(), 3.0f32.to_bits());
}
