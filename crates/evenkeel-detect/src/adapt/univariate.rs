//! Univariate adapter: a stage of vectors for one metric.

#[cfg(feature = "serde")]
use alloc::string::String;
use evenkeel_core::Stage;

/// Makes a stage of rows with one coordinate a stage of numbers.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::adapt::Univariate;
/// use evenkeel_detect::multivariate::RandomCutForest;
///
/// let mut forest = Univariate(RandomCutForest::builder(1).shingle(4).build()?);
/// assert!(forest.update(0.5).is_none()); // nothing is known yet
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Univariate<S>(pub S);

impl<S, O> Stage<f64> for Univariate<S>
where
    S: for<'a> Stage<&'a [f64], Output = O>,
{
    type Output = O;

    #[inline]
    fn update(&mut self, x: f64) -> Option<O> {
        self.0.update(&[x])
    }

    fn reset(&mut self) {
        <S as Stage<&'static [f64]>>::reset(&mut self.0);
    }
}

#[cfg(feature = "serde")]
impl<S: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Univariate<S> {
    fn schema() -> String {
        alloc::format!("Univariate@1<{}>", S::schema())
    }
}
