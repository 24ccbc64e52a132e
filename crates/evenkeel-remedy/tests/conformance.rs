//! The streaming contract.

use evenkeel_core::At;
use evenkeel_remedy::{ErrorRatio, Sample};
use evenkeel_testing::{Source, conformance};

/// Samples of users, as the kit's input.
struct Users;

impl conformance::Input for Users {
    type Owned = At<Sample>;
    type Item<'a> = At<Sample>;

    fn lend(owned: &At<Sample>) -> At<Sample> {
        *owned
    }

    fn ordinary(source: &mut Source) -> At<Sample> {
        let n = 1 + source.below(200) as u64;
        let bad = if source.below(5) == 0 { source.below(3) as u64 } else { 0 };
        At::new(source.time(), Sample::Counts { good: n, bad })
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<At<Sample>>)> {
        let counts = |good, bad| Sample::Counts { good, bad };
        let mut streams = Vec::new();
        for (name, sample) in [
            ("nothing at all", counts(0, 0)),
            ("as many as there are numbers", counts(u64::MAX, u64::MAX)),
            ("all bad", counts(0, u64::MAX)),
            ("all good", counts(u64::MAX, 0)),
            ("values", Sample::Value(f64::NAN)),
            ("missing", Sample::Missing),
        ] {
            streams.push((name.to_owned(), (0..300).map(|_| At::new(source.time(), sample)).collect()));
        }
        let mixed = (0..500).map(|_| {
            let sample = counts(source.next_u64() >> source.below(64), source.next_u64() >> source.below(64));
            At::new(source.time(), sample)
        });
        streams.push(("anything".to_owned(), mixed.collect()));
        streams
    }

    fn missing(neighbor: &At<Sample>) -> Vec<At<Sample>> {
        let values = [Sample::Missing, Sample::Counts { good: 0, bad: 0 }, Sample::Value(0.0)];
        values.map(|sample| At::new(neighbor.time, sample)).to_vec()
    }
}

conformance! {
    error_ratio {
        stage: ErrorRatio::builder(0.01).build().unwrap(), input: Users, kind: stage,
        missing: ignored, schema: "ErrorRatio@2", steps: 100_000
    }
}
