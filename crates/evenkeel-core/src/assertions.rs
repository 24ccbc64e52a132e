//! Compile-time assertions on types.

/// Asserts at compile time that types are `Send + Sync + 'static`, as all public types of the family are.
///
/// ```
/// evenkeel_core::assert_shared!(evenkeel_core::Score, Vec<evenkeel_core::Name>);
/// ```
/// ```compile_fail
/// evenkeel_core::assert_shared!(std::rc::Rc<u8>);
/// ```
#[macro_export]
macro_rules! assert_shared {
    ($($type:ty),+ $(,)?) => {
        const _: () = {
            const fn shared<T: ?Sized + ::core::marker::Send + ::core::marker::Sync + 'static>() {}
            $(shared::<$type>();)+
        };
    };
}

/// Asserts at compile time that traits are dyn-compatible.
///
/// ```
/// use evenkeel_core::{Forecaster, Stage};
///
/// evenkeel_core::assert_dyn_compatible!(dyn Forecaster, dyn Stage<f64, Output = bool>);
/// ```
/// ```compile_fail
/// evenkeel_core::assert_dyn_compatible!(dyn Clone);
/// ```
#[macro_export]
macro_rules! assert_dyn_compatible {
    ($($object:ty),+ $(,)?) => {
        const _: () = {
            const fn object<T: ?Sized>() {}
            $(object::<$object>();)+
        };
    };
}
