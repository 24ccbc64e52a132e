//! The streaming contract of the scaler, with each rule.

use evenkeel_core::{At, Prediction, Timestamp};
use evenkeel_remedy::scaling::{
    DemandQuantile, Largest, PodAverage, Pods, ProportionalIntegral, Scaler, WaitingTime, Workload,
};
use evenkeel_testing::{Source, conformance};

/// What the kit draws, by the reading of a rule.
trait Reading: Copy + std::fmt::Debug + Send + 'static {
    fn of(load: f64, replicas: u32) -> Self;
}

impl Reading for f64 {
    fn of(load: f64, _replicas: u32) -> Self {
        load
    }
}

impl Reading for Prediction {
    fn of(load: f64, _replicas: u32) -> Self {
        Self::new(load, 0.1 * load.abs()).unwrap_or_default()
    }
}

impl Reading for Pods {
    fn of(load: f64, replicas: u32) -> Self {
        Self { measured: replicas, total: load, missing: 0, unready: 0 }
    }
}

impl<A: Reading, B: Reading> Reading for (Option<A>, Option<B>) {
    fn of(load: f64, replicas: u32) -> Self {
        (Some(A::of(load, replicas)), Some(B::of(load, replicas)))
    }
}

struct Fleet<T>(std::marker::PhantomData<T>);

impl<T: Reading> conformance::Input for Fleet<T> {
    type Owned = At<Workload<T>>;
    type Item<'a> = At<Workload<T>>;

    fn lend(owned: &Self::Owned) -> Self::Owned {
        *owned
    }

    fn ordinary(source: &mut Source) -> Self::Owned {
        let replicas = 1 + u32::try_from(source.below(30)).unwrap();
        let load = 100.0 + 10.0 * source.value().clamp(-9.0, 9.0);
        At::new(source.time(), Workload::new(replicas, T::of(load, replicas)))
    }

    fn hostile(source: &mut Source) -> Vec<(String, Vec<Self::Owned>)> {
        let values = [f64::NAN, f64::INFINITY, -1.0, 0.0, 5e-324, 1e100, -1e100, 1e101, f64::MAX];
        let sizes = [0, 1, 2, 1_000, u32::MAX];
        let mut streams = Vec::new();
        for size in sizes {
            let each = values.iter().cycle().take(300);
            let stream = each.map(|x| At::new(source.time(), Workload::new(size, T::of(*x, size))));
            streams.push((format!("{size} replicas"), stream.collect()));
        }
        let anything = (0..400).map(|_| {
            let size = sizes[source.below(sizes.len())];
            let load = values[source.below(values.len())];
            let time = [Timestamp::MIN, Timestamp::MAX, Timestamp::EPOCH, source.time()][source.below(4)];
            At::new(time, Workload::new(size, T::of(load, size)))
        });
        streams.push(("anything at any time".into(), anything.collect()));
        let nothing = (0..300).map(|_| At::new(source.time(), Workload::missing(3)));
        streams.push(("nothing at all".into(), nothing.collect()));
        let standing = (0..2_000).map(|i| {
            let size = 1 + i % 9;
            At::new(Timestamp::EPOCH, Workload::new(size, T::of(f64::from(i), size)))
        });
        streams.push(("a clock that stands still".into(), standing.collect()));
        streams
    }

    fn missing(neighbor: &Self::Owned) -> Vec<Self::Owned> {
        vec![At::new(neighbor.time, Workload::missing(neighbor.value.replicas))]
    }
}

conformance! {
    pod_average {
        stage: Scaler::builder(PodAverage::new(8.0).unwrap(), 1, 50).build().unwrap(), input: Fleet<Pods>,
        kind: stage, missing: advances, schema: "Scaler@1<PodAverage@1,Stabilizer@1>", steps: 100_000,
        tampered: survived, golden: "../evenkeel-testing/golden/remedy/scaler_pod_average.json"
    }
    waiting_time {
        stage: Scaler::builder(WaitingTime::new(10.0, 0.1, 0.05).unwrap(), 1, 50).build().unwrap(), input: Fleet<f64>,
        kind: stage, missing: advances, schema: "Scaler@1<WaitingTime@1,Stabilizer@1>", steps: 20_000,
        golden: "../evenkeel-testing/golden/remedy/scaler_waiting_time.json"
    }
    demand_quantile {
        stage: Scaler::builder(DemandQuantile::new(10.0, 0.95).unwrap(), 1, 50).build().unwrap(), input: Fleet<Prediction>,
        kind: stage, missing: advances, schema: "Scaler@1<DemandQuantile@1,Stabilizer@1>", steps: 100_000,
        golden: "../evenkeel-testing/golden/remedy/scaler_demand_quantile.json"
    }
    feedback {
        stage: Scaler::builder(ProportionalIntegral::builder(8.0).build().unwrap(), 1, 50).build().unwrap(), input: Fleet<f64>,
        kind: stage, missing: advances, schema: "Scaler@1<ProportionalIntegral@1,Stabilizer@1>", steps: 100_000,
        tampered: survived, golden: "../evenkeel-testing/golden/remedy/scaler_feedback.json"
    }
    largest {
        stage: Scaler::builder(Largest::new(PodAverage::new(8.0).unwrap(), DemandQuantile::new(10.0, 0.9).unwrap()), 1, 50).build().unwrap(),
        input: Fleet<(Option<Pods>, Option<Prediction>)>,
        kind: stage, missing: advances, schema: "Scaler@1<Largest@1<PodAverage@1,DemandQuantile@1>,Stabilizer@1>", steps: 50_000,
        golden: "../evenkeel-testing/golden/remedy/scaler_largest.json"
    }
}
