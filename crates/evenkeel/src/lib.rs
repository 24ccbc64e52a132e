#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// At the root, not in a module `core`, which would shadow the language's own.
#[doc(no_inline)]
pub use evenkeel_core::*;
#[cfg(feature = "detect")]
pub use evenkeel_detect as detect;
#[cfg(feature = "experience")]
pub use evenkeel_experience as experience;
#[cfg(feature = "ingest")]
pub use evenkeel_ingest as ingest;
#[cfg(feature = "keeper")]
pub use evenkeel_keeper as keeper;
#[cfg(feature = "locate")]
pub use evenkeel_locate as locate;
#[cfg(feature = "models")]
pub use evenkeel_models as models;
#[cfg(feature = "remedy")]
pub use evenkeel_remedy as remedy;
#[cfg(feature = "report")]
pub use evenkeel_report as report;
#[cfg(feature = "series")]
pub use evenkeel_series as series;
pub use evenkeel_stats as stats;

/// What nearly every program needs: the traits, and the vocabulary that their signatures speak.
pub mod prelude {
    pub use evenkeel_core::{
        At, Calibrated, Detector, Direction, Error, Fit, Forecaster, Name, Prediction, Score, Signal, Stage,
        Timed, Timestamp, Transition, TransitionKind,
    };
    #[cfg(feature = "serde")]
    pub use evenkeel_core::{Snapshot, restore};
}

/// The long-form pages, compiled so that their programs are tested.
#[cfg(all(any(doc, doctest), feature = "models", feature = "detect"))]
pub mod _documentation {
    #[doc = include_str!("../docs/design.md")]
    pub mod design {}
    #[doc = include_str!("../docs/choosing.md")]
    pub mod choosing {}
    #[doc = include_str!("../docs/algorithms.md")]
    pub mod algorithms {}
    #[doc = include_str!("../docs/compare.md")]
    pub mod compare {}
    #[doc = include_str!("../docs/causal_track.md")]
    pub mod causal_track {}
    #[doc = include_str!("../docs/recipes.md")]
    pub mod recipes {}
}
