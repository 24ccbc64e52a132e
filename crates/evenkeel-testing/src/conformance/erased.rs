//! Type erasure: stages as trait objects, so that every check is compiled once for each input type and not
//! once for each stage.
//!
//! What has to know the type is a handful of short methods; the checks work on `dyn` objects. With many
//! stages in one test binary this is most of its compile time.

use super::{Broken, Input, Promise, Subject};
use evenkeel_core::{Assessment, Forecaster, Prediction, restore};
use std::any::Any;
use std::fmt::Debug;

/// Called with an output of any type.
pub(super) type Hear<'a> = &'a mut dyn FnMut(Option<&dyn Debug>);
/// Builds the stage afresh.
pub(super) type Fresh<'a, I> = &'a dyn Fn() -> Box<dyn Erased<I>>;

/// A [`Subject`] behind a trait object.
pub(super) trait Erased<I: Input>: Debug + Send {
    /// Takes one input and passes its output to `hear`.
    fn observe(&mut self, input: &I::Owned, hear: Hear<'_>);

    /// The same, and how often and how many bytes the update allocated in this thread; what `hear` allocates
    /// does not count.
    fn observe_counting(&mut self, input: &I::Owned, hear: Hear<'_>) -> (u64, u64);

    /// Resets.
    fn forget(&mut self);

    /// A clone.
    fn duplicate(&self) -> Box<dyn Erased<I>>;

    /// Whether two states are equal: by `==`, or, where a NaN in it makes a state differ from itself, by
    /// their serialized bytes.
    fn same_state(&self, expected: &dyn Erased<I>) -> bool;

    /// The type's schema.
    fn schema(&self) -> String;

    /// A snapshot as JSON and by postcard; under another schema than its own if one is given.
    fn to_json(&self, schema: Option<&str>) -> Result<String, Broken>;

    /// See [`to_json`](Self::to_json).
    fn to_bytes(&self, schema: Option<&str>) -> Result<Vec<u8>, Broken>;

    /// Restores a stage of the same type, or says why not.
    fn restored_from_json(&self, text: &str) -> Result<Box<dyn Erased<I>>, String>;

    /// See [`restored_from_json`](Self::restored_from_json).
    fn restored_from_bytes(&self, bytes: &[u8]) -> Result<Box<dyn Erased<I>>, String>;

    /// This stage as [`Any`], to compare states.
    fn as_any(&self) -> &dyn Any;
}

impl<I: Input, S: Subject<I>> Erased<I> for S {
    fn observe(&mut self, input: &I::Owned, hear: Hear<'_>) {
        match Subject::<I>::observe(self, input) {
            Some(opinion) => hear(Some(&opinion)),
            None => hear(None),
        }
    }

    fn observe_counting(&mut self, input: &I::Owned, hear: Hear<'_>) -> (u64, u64) {
        let mut opinion = None;
        let info = allocation_counter::measure(|| opinion = Subject::<I>::observe(self, input));
        match opinion {
            Some(opinion) => hear(Some(&opinion)),
            None => hear(None),
        }
        (info.count_total, info.bytes_total)
    }

    fn forget(&mut self) {
        Subject::<I>::forget(self);
    }

    fn duplicate(&self) -> Box<dyn Erased<I>> {
        Box::new(self.clone())
    }

    fn same_state(&self, expected: &dyn Erased<I>) -> bool {
        let Some(known) = expected.as_any().downcast_ref::<S>() else { return false };
        if known == &known.clone() {
            return self == known;
        }
        match (Erased::<I>::to_bytes(self, None), expected.to_bytes(None)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
    }

    fn schema(&self) -> String {
        S::schema()
    }

    fn to_json(&self, schema: Option<&str>) -> Result<String, Broken> {
        let text = match schema {
            None => serde_json::to_string(&self.snapshot()),
            Some(other) => serde_json::to_string(&(other, self)),
        };
        text.map_err(|why| unreadable("as JSON", &why))
    }

    fn to_bytes(&self, schema: Option<&str>) -> Result<Vec<u8>, Broken> {
        let bytes = match schema {
            None => postcard::to_allocvec(&self.snapshot()),
            Some(other) => postcard::to_allocvec(&(other, self)),
        };
        bytes.map_err(|why| unreadable("by postcard", &why))
    }

    fn restored_from_json(&self, text: &str) -> Result<Box<dyn Erased<I>>, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let stage: S = restore(&mut deserializer).map_err(|why| why.to_string())?;
        deserializer.end().map_err(|why| why.to_string())?;
        Ok(Box::new(stage))
    }

    fn restored_from_bytes(&self, bytes: &[u8]) -> Result<Box<dyn Erased<I>>, String> {
        let stage: S =
            restore(&mut postcard::Deserializer::from_bytes(bytes)).map_err(|why| why.to_string())?;
        Ok(Box::new(stage))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A stage behind a trait object that keeps its output type.
pub(super) trait Opined<I: Input, O> {
    /// Takes one input.
    fn opinion(&mut self, input: &I::Owned) -> Option<O>;

    /// A clone.
    fn twin(&self) -> Box<dyn Opined<I, O>>;
}

impl<I: Input, S: Subject<I>> Opined<I, S::Opinion> for S {
    fn opinion(&mut self, input: &I::Owned) -> Option<S::Opinion> {
        Subject::<I>::observe(self, input)
    }

    fn twin(&self) -> Box<dyn Opined<I, S::Opinion>> {
        Box::new(self.clone())
    }
}

/// A forecaster behind a trait object.
pub(super) trait Forecasting {
    /// Takes one value.
    fn next(&mut self, x: f64) -> Option<Prediction>;

    /// See [`Forecaster::forecast_into`].
    fn forecast_into(&self, out: &mut [Prediction]) -> bool;

    /// See [`Forecaster::assess`].
    fn assess(&self, x: f64) -> Option<Assessment>;

    /// Runs a question and returns whether the state is unchanged.
    fn unchanged_by(
        &self,
        ask: &mut dyn FnMut(&dyn Forecasting) -> Result<(), Broken>,
    ) -> Result<bool, Broken>;
}

impl<S: Subject<f64, Opinion = Prediction> + Forecaster> Forecasting for S {
    fn next(&mut self, x: f64) -> Option<Prediction> {
        Subject::<f64>::observe(self, &x)
    }

    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        Forecaster::forecast_into(self, out)
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        Forecaster::assess(self, x)
    }

    fn unchanged_by(
        &self,
        ask: &mut dyn FnMut(&dyn Forecasting) -> Result<(), Broken>,
    ) -> Result<bool, Broken> {
        let before = self.clone();
        ask(self)?;
        Ok(Erased::<f64>::same_state(self, &before))
    }
}

/// A freshly built stage as a trait object.
pub(super) fn erased<I: Input, S: Subject<I>>(make: impl Fn() -> S) -> impl Fn() -> Box<dyn Erased<I>> {
    move || Box::new(make())
}

/// The error that a stage could not be written.
fn unreadable(how: &str, why: &dyn std::fmt::Display) -> Broken {
    Broken::new(Promise::Snapshot, format!("cannot be written {how}: {why}"))
}
