//! The stages that can be checked.

use super::Input;
use evenkeel_core::{Snapshot, Stage};
use std::fmt::Debug;

/// A stage that can be checked with an input. Nothing to implement: every stage is one that is
/// `Clone + Debug + PartialEq + Snapshot + Send + Sync` and whose output is `Debug`.
pub trait Subject<I: Input>: Clone + Debug + PartialEq + Snapshot + Send + Sync + 'static {
    /// The output.
    type Opinion: Debug;

    /// Takes one input.
    fn observe(&mut self, input: &I::Owned) -> Option<Self::Opinion>;

    /// Resets.
    fn forget(&mut self);
}

impl<I, S, O> Subject<I> for S
where
    I: Input,
    S: for<'a> Stage<I::Item<'a>, Output = O> + Clone + Debug + PartialEq + Snapshot + Send + Sync + 'static,
    O: Debug,
{
    type Opinion = O;

    fn observe(&mut self, input: &I::Owned) -> Option<O> {
        self.update(I::lend(input))
    }

    fn forget(&mut self) {
        <Self as Stage<I::Item<'static>>>::reset(self);
    }
}
