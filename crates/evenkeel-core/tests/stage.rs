use approx::assert_abs_diff_eq;
use evenkeel_core::{
    At, Detector, Direction, Forecaster, Prediction, Score, Snapshot, Stage, Then, Timed, Timestamp,
    observed, restore, restore_or_fresh,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Last {
    #[serde(with = "evenkeel_core::exact")]
    value: Option<f64>,
}

impl Stage<f64> for Last {
    type Output = Prediction;
    fn update(&mut self, x: f64) -> Option<Prediction> {
        self.value = observed(x).or(self.value);
        Prediction::new(self.value?, 1.0)
    }
    fn reset(&mut self) {
        self.value = None;
    }
}

impl Forecaster for Last {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let Some(value) = self.value else { return false };
        for (i, p) in out.iter_mut().enumerate() {
            *p = Prediction::new(value, (i as f64 + 1.0).sqrt()).unwrap();
        }
        true
    }
}

impl Snapshot for Last {
    fn schema() -> String {
        "Last@1".into()
    }
}

/// Scores every second prediction, to have a stage that is silent at times.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct EverySecond {
    seen: u32,
}

impl Stage<Prediction> for EverySecond {
    type Output = Score;
    fn update(&mut self, x: Prediction) -> Option<Score> {
        self.seen += 1;
        if self.seen.is_multiple_of(2) { Score::new(x.mean(), Direction::Up) } else { None }
    }
    fn reset(&mut self) {
        self.seen = 0;
    }
}

impl Snapshot for EverySecond {
    fn schema() -> String {
        "EverySecond@3".into()
    }
}

#[test]
fn then_asks_the_second_only_if_the_first_speaks() {
    let mut line = Last::default().then(EverySecond::default());
    let scores: Vec<Option<f64>> =
        line.run([f64::NAN, 1.0, 2.0, 3.0, 4.0]).map(|s| s.map(|s| s.value())).collect();
    assert_eq!(scores, [None, None, Some(2.0), None, Some(4.0)]);
    assert_eq!((line.first(), line.second().seen), (&Last { value: Some(4.0) }, 4));
    line.reset();
    assert_eq!(line, Last::default().then(EverySecond::default()));
}

#[test]
fn run_is_lazy_and_knows_its_length() {
    let mut last = Last::default();
    let mut run = last.run([1.0, 2.0, 3.0]);
    assert_eq!(run.len(), 3);
    run.next();
    drop(run);
    assert_eq!(last.value, Some(1.0), "what was not asked for was not fed");
}

#[test]
fn boxes_and_borrows_are_stages() {
    let mut last = Last::default();
    let mut boxed: Box<dyn Forecaster> = Box::new(&mut last);
    assert!(boxed.assess(1.0).is_none());
    boxed.update(5.0);
    let mut out = [Prediction::default(); 2];
    assert!(boxed.forecast_into(&mut out));
    assert_eq!(out[1].sd(), 2f64.sqrt());
    assert_abs_diff_eq!(boxed.assess(5.0).unwrap().lower(), 0.5, epsilon = 1e-15);
    assert!(boxed.assess(f64::NAN).is_none());

    let mut timed: Box<dyn Detector<At<f64>>> =
        Box::new(Untimed(Timed(Last::default().then(EverySecond::default()))));
    let t = Timestamp::from_seconds(1);
    assert!(timed.update(At::new(t, 1.0)).is_none());
    assert_eq!(timed.update(At::new(t, 7.0)).unwrap().value(), 7.0);
}

/// Drops the time again, to have a detector on timed values.
struct Untimed<S>(S);

impl<S: Stage<At<f64>, Output = At<Score>>> Stage<At<f64>> for Untimed<S> {
    type Output = Score;
    fn update(&mut self, x: At<f64>) -> Option<Score> {
        self.0.update(x).map(|s| s.value)
    }
    fn reset(&mut self) {
        self.0.reset();
    }
}

type Line = Timed<Then<Last, EverySecond>>;

#[test]
fn snapshots_name_every_part() {
    assert_eq!(Line::schema(), "Timed@1<Then@1<Last@1,EverySecond@3>>");
    let mut line: Line = Timed(Last::default().then(EverySecond::default()));
    line.update(At::new(Timestamp::EPOCH, 0.1 + 0.2));
    let json = serde_json::to_string(&line.snapshot()).unwrap();
    let again: Line = restore(&mut serde_json::Deserializer::from_str(&json)).unwrap();
    assert_eq!(again, line);
    let bytes = postcard::to_allocvec(&line.snapshot()).unwrap();
    let again: Line = restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
    assert_eq!(again, line);

    let wrong = restore::<Last, _>(&mut serde_json::Deserializer::from_str(&json)).unwrap_err().to_string();
    assert!(
        wrong.contains("snapshot of Timed@1<Then@1<Last@1,EverySecond@3>> cannot restore Last@1"),
        "{wrong}"
    );
    let (fresh, why) = restore_or_fresh(&mut serde_json::Deserializer::from_str(&json), Last::default);
    assert_eq!((fresh, why.is_some()), (Last::default(), true));
    for short in ["[]", r#"["Last@1"]"#, "{}", "", "7"] {
        assert!(restore::<Last, _>(&mut serde_json::Deserializer::from_str(short)).is_err(), "{short}");
    }
}
