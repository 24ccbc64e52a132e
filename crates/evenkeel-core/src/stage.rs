//! The streaming contract.

use alloc::boxed::Box;

/// A stage of a stream: one observation in, at most one output.
///
/// Filters, forecasters, detectors, calibrators and alarms are all stages, so they connect with
/// [`then`](Stage::then) and run with [`run`](Stage::run). One type has one input and one output; a second
/// view of the same data is a second type.
///
/// # The contract
/// Every implementation promises, and `evenkeel-testing` checks:
///
/// 1. *Infallible and total.* `update` never panics, whatever the input.
/// 2. *Missing is missing.* What [`observed`](crate::observed) refuses teaches nothing; a stage that keeps
///    time still advances. No bad value spoils later outputs, and outputs are finite.
/// 3. *Prequential.* A score of x uses only what was known before x. Smoothers, filters and forecasters give
///    their output after learning x.
/// 4. *No allocation in the steady state.* Capacity is taken at construction, or at a counted moment of
///    growth under a stated cap.
/// 5. *`reset` ≡ freshly built; clone ≡ continue; restored snapshot ≡ continue*, bit for bit. Fitted
///    parameters are settings.
/// 6. *Deterministic.* No clock, input or output, thread or hidden randomness.
///
/// # Implementing
/// ```
/// use evenkeel_core::{Stage, observed};
///
/// /// The largest value so far.
/// #[derive(Debug, Clone, Default)]
/// struct Record(Option<f64>);
///
/// impl Stage<f64> for Record {
///     type Output = f64;
///
///     fn update(&mut self, x: f64) -> Option<f64> {
///         let x = observed(x)?;
///         self.0 = Some(self.0.map_or(x, |best| best.max(x)));
///         self.0
///     }
///
///     fn reset(&mut self) {
///         self.0 = None;
///     }
/// }
///
/// let mut record = Record::default();
/// let records: Vec<_> = record.run([1.0, f64::NAN, 3.0, 2.0]).collect();
/// assert_eq!(records, [Some(1.0), None, Some(3.0), Some(3.0)]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stage that takes `{X}`",
    label = "cannot be updated with `{X}`",
    note = "if the values carry a time (`At<_>`), lift a stage that takes none with `Timed(stage)`",
    note = "in `a.then(b)`, what `a` gives out must be what `b` takes: a detector gives a `Score`, a calibrator takes one and gives `Calibrated`, an alarm takes `At<Calibrated>`",
    note = "an unfitted model is not a stage: call `.fit(&history)?` first and go on with what it returns"
)]
pub trait Stage<X> {
    /// The output: owned, small, without heap memory.
    type Output;

    /// Takes one observation and gives an output, if there is one.
    fn update(&mut self, x: X) -> Option<Self::Output>;

    /// Forgets the data and keeps the settings, as if freshly built.
    fn reset(&mut self);

    /// Feeds the outputs of this stage to `next`. Without an output of this stage `next` is not called.
    #[must_use]
    fn then<N>(self, next: N) -> Then<Self, N>
    where
        Self: Sized,
        N: Stage<Self::Output>,
    {
        Then { first: self, second: next }
    }

    /// Runs over an iterator, lazily: one `Option` per input.
    fn run<I>(&mut self, inputs: I) -> Run<'_, Self, I::IntoIter>
    where
        Self: Sized,
        I: IntoIterator<Item = X>,
    {
        Run { stage: self, inputs: inputs.into_iter() }
    }
}

impl<X, S: Stage<X> + ?Sized> Stage<X> for Box<S> {
    type Output = S::Output;

    #[inline]
    fn update(&mut self, x: X) -> Option<Self::Output> {
        (**self).update(x)
    }

    fn reset(&mut self) {
        (**self).reset();
    }
}

impl<X, S: Stage<X> + ?Sized> Stage<X> for &mut S {
    type Output = S::Output;

    #[inline]
    fn update(&mut self, x: X) -> Option<Self::Output> {
        (**self).update(x)
    }

    fn reset(&mut self) {
        (**self).reset();
    }
}

/// Two stages in a row; see [`Stage::then`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Then<A, B> {
    first: A,
    second: B,
}

impl<A, B> Then<A, B> {
    /// The first stage.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The second stage, which takes the outputs of the first.
    pub fn second(&self) -> &B {
        &self.second
    }
}

impl<X, A, B> Stage<X> for Then<A, B>
where
    A: Stage<X>,
    B: Stage<A::Output>,
{
    type Output = B::Output;

    #[inline]
    fn update(&mut self, x: X) -> Option<Self::Output> {
        self.second.update(self.first.update(x)?)
    }

    fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
    }
}

/// The iterator of [`Stage::run`].
#[derive(Debug)]
pub struct Run<'a, S, I> {
    stage: &'a mut S,
    inputs: I,
}

impl<S, I> Iterator for Run<'_, S, I>
where
    I: Iterator,
    S: Stage<I::Item>,
{
    type Item = Option<S::Output>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.stage.update(self.inputs.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inputs.size_hint()
    }
}

impl<S, I> ExactSizeIterator for Run<'_, S, I>
where
    I: ExactSizeIterator,
    S: Stage<I::Item>,
{
}
