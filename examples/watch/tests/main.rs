//! The tests of the parts that the examples are made of.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod backtest;
mod clock;
mod csv;
mod disk;
mod many;
mod printing;
mod regimes;
mod replay;
mod watch;
