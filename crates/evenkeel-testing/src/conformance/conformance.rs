//! The macro that makes a module of tests for a stage.

/// Makes a module of tests that hold a stage to the contract.
///
/// ```text
/// conformance! {
///     jump { stage: Jump::default(), input: f64, kind: detector }
///     slow { stage: Slow::new(24).unwrap(), input: f64, kind: forecaster, steps: 50_000, warm_up: 500 }
///     many { stage: Many::new(3).unwrap(), input: [f64; 3], kind: detector, schema: "Many@1" }
/// }
/// ```
///
/// | field | what |
/// | --- | --- |
/// | `stage` | an expression that builds the stage afresh |
/// | `input` | an [`Input`](crate::conformance::Input): `f64`, `At<f64>`, `bool`, `Score`, `Calibrated`, `At<Calibrated>`, `[f64; N]` for `&[f64]`, or one of your own |
/// | `kind` | `stage`, `detector`, `calibrator`, `forecaster` or `alarm` |
/// | `missing` | what a missing value does: `ignored`, `advances` or `recovers` (see [`Missing`](crate::conformance::Missing) for the defaults) |
/// | `growth` | how many updates may allocate in a whole run, for a stage that grows structure from data; 0 by default |
/// | `warm_up` | inputs until the steady state, from which on allocations are counted; 2,000 by default |
/// | `steps` | steps of the endurance check, 1,000,000 by default; rounds of the other checks shrink with it below |
/// | `forgets` | after how many inputs one wild value, or three, must not matter any more; 5,000 by default, `never` for what remembers everything by definition |
/// | `schema` | the schema that snapshots must have, as text |
/// | `tampered` | `survived`: a snapshot with any one number set to an extreme is refused, or restores a stage that keeps its promises; not checked by default |
/// | `golden` | a file with a snapshot, relative to the crate under test; `EVENKEEL_BLESS=1` writes it |
///
/// The fields come in this order: `stage`, `input`, `kind`, then the others in any.
///
/// The stage has to be `Clone + Debug + PartialEq + Snapshot + Send + Sync`. Allocations are counted by a
/// global allocator that comes with this crate; a test binary that uses it cannot have one of its own.
#[macro_export]
macro_rules! conformance {
    ($($name:ident {
        stage: $stage:expr,
        input: $input:ty,
        kind: $kind:ident
        $(, $key:ident: $value:tt)* $(,)?
    })+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "the expression of the stage may use full paths")]
            use super::*;

            fn options() -> $crate::conformance::Options {
                let options = $crate::conformance::Options::new($crate::__conformance_kind!($kind));
                $(let options = $crate::__conformance_option!(options, $key, $value);)*
                options
            }

            $crate::__conformance_stage!($kind, $stage, $input);
            $crate::__conformance_test!($input, never_panics);
            $crate::__conformance_test!($input, missing_teaches_nothing);
            $crate::__conformance_test!($input, does_not_allocate);
            $crate::__conformance_test!($input, reset_is_fresh);
            $crate::__conformance_test!($input, clone_continues);
            $crate::__conformance_test!($input, snapshot_continues);
            $crate::__conformance_test!($input, other_schema_is_refused);
            $crate::__conformance_test!($input, garbled_snapshots_are_survived);
            $crate::__conformance_test!($input, is_deterministic);
            $crate::__conformance_test!($input, endures);
            $crate::__conformance_test!($input, wild_values_are_forgotten);
            $crate::__conformance_of_kind!($kind, $input);
            $($crate::__conformance_of_option!($key, $input);)*
        }
    )+};
}

// One function that builds the stage, so that the expression is compiled once and not once a check.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_stage {
    (stage, $stage:expr, $input:ty) => {
        #[cfg(test)]
        fn __stage_under_test() -> impl $crate::conformance::Subject<$input> {
            $stage
        }
    };
    (detector, $stage:expr, $input:ty) => {
        #[cfg(test)]
        fn __stage_under_test() -> impl $crate::conformance::Subject<$input, Opinion = $crate::__core::Score>
        {
            $stage
        }
    };
    (calibrator, $stage:expr, $input:ty) => {
        #[cfg(test)]
        fn __stage_under_test()
        -> impl $crate::conformance::Subject<$input, Opinion = $crate::__core::Calibrated> {
            $stage
        }
    };
    (forecaster, $stage:expr, $input:ty) => {
        #[cfg(test)]
        fn __stage_under_test()
        -> impl $crate::conformance::Subject<$input, Opinion = $crate::__core::Prediction>
        + $crate::__core::Forecaster {
            $stage
        }
    };
    (alarm, $stage:expr, $input:ty) => {
        #[cfg(test)]
        fn __stage_under_test()
        -> impl $crate::conformance::Subject<$input, Opinion = $crate::__core::Transition> {
            $stage
        }
    };
    // `__conformance_kind` says what is wrong.
    ($other:ident, $stage:expr, $input:ty) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($input:ty, $check:ident) => {
        #[test]
        fn $check() {
            if let Err(broken) = $crate::conformance::$check::<$input, _>(__stage_under_test, &options()) {
                panic!("{broken}");
            }
        }
    };
    ($check:ident) => {
        #[test]
        fn $check() {
            if let Err(broken) = $crate::conformance::$check(__stage_under_test, &options()) {
                panic!("{broken}");
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_kind {
    (stage) => {
        $crate::conformance::Kind::Stage
    };
    (detector) => {
        $crate::conformance::Kind::Detector
    };
    (calibrator) => {
        $crate::conformance::Kind::Calibrator
    };
    (forecaster) => {
        $crate::conformance::Kind::Forecaster
    };
    (alarm) => {
        $crate::conformance::Kind::Alarm
    };
    ($other:ident) => {
        compile_error!("`kind` is one of stage, detector, calibrator, forecaster, alarm")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_of_kind {
    (detector, $input:ty) => {
        $crate::__conformance_test!($input, expects_before_it_sees);
    };
    (calibrator, $input:ty) => {
        $crate::__conformance_test!($input, p_falls_with_the_score);
    };
    (forecaster, $input:ty) => {
        $crate::__conformance_test!(forecasts_agree);
    };
    (alarm, $input:ty) => {
        $crate::__conformance_test!(transitions_can_be_followed);
    };
    ($other:ident, $input:ty) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_option {
    ($options:ident, missing, ignored) => {
        $options.missing($crate::conformance::Missing::Ignored)
    };
    ($options:ident, missing, advances) => {
        $options.missing($crate::conformance::Missing::Advances)
    };
    ($options:ident, missing, recovers) => {
        $options.missing($crate::conformance::Missing::Recovers)
    };
    ($options:ident, missing, $other:tt) => {
        compile_error!("`missing` is one of ignored, advances, recovers")
    };
    ($options:ident, golden, $path:tt) => {
        $options.golden(::std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join($path))
    };
    ($options:ident, tampered, survived) => {
        $options
    };
    ($options:ident, tampered, $other:tt) => {
        compile_error!("`tampered` is survived")
    };
    ($options:ident, growth, $value:tt) => {
        $options.growth($value)
    };
    ($options:ident, warm_up, $value:tt) => {
        $options.warm_up($value)
    };
    ($options:ident, steps, $value:tt) => {
        $options.steps($value)
    };
    ($options:ident, forgets, never) => {
        $options.remembers()
    };
    ($options:ident, forgets, $value:tt) => {
        $options.forgets($value)
    };
    ($options:ident, schema, $value:tt) => {
        $options.schema($value)
    };
    ($options:ident, $other:ident, $value:tt) => {
        compile_error!(
            "the optional fields are missing, growth, warm_up, steps, forgets, schema, golden, tampered"
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_of_option {
    (tampered, $input:ty) => {
        $crate::__conformance_test!($input, tampered_snapshots_are_survived);
    };
    (golden, $input:ty) => {
        $crate::__conformance_test!($input, golden_is_reproduced);
    };
    ($other:ident, $input:ty) => {};
}
