//! The closed loop as one object without I/O: samples, calls, requests, changes and the time go in; alerts, diagnoses and remedies
//! come out.
//!
//! Start at [`Keeper`]: its example runs.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Keeper`] | takes what happens, says what is wrong, why, and what to do; advises by default |
//! | [`KeeperBuilder`] | its settings |
//! | [`Effect`], [`Effects`] | what it says |
//! | [`USERS`] | the name under which guards ask whether the requests of users can be judged by |
//!
//! # What it is not
//! It reads no metrics and executes nothing: a driver brings samples in and carries permits out. It has no policy: the driver
//! asks one, a rule book, a bandit or a person, and hands the decision in.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod changes;
mod effect;
mod innocent;
mod keeper;
mod members;
mod monitor;
mod quality;
mod settings;
mod trigger;
mod window;

pub use effect::{Effect, Effects};
pub use keeper::{Keeper, USERS};
pub use settings::KeeperBuilder;

/// The promises on all public types, held at compile time.
const _: () = {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<Keeper>();
    shared::<KeeperBuilder<evenkeel_remedy::Verb>>();
    shared::<Effects<evenkeel_remedy::Verb>>();
};
