//! The exact likelihood while the start still matters: the recursions of Morf, Sidhu and Kailath (1974),
//! known as Chandrasekhar recursions.
//!
//! - [`general`]: the recursion for a state of any length;
//! - [`reverse`]: its derivatives in reverse mode, from a tape;
//! - [`fixed`]: both for short states, whose length the compiler knows;
//! - [`chandrasekhar`]: chooses between them.

mod chandrasekhar;
mod fixed;
mod general;
mod reverse;

pub(super) use chandrasekhar::Chandrasekhar;
pub(super) use general::Recursion;
pub(super) use reverse::{Adjoint, CombinedColumn};

#[cfg(test)]
#[path = "../../../tests/arima/unit/chandrasekhar.rs"]
mod tests;
