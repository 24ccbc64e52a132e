//! Snapshots: saving a running stage and restoring it elsewhere, bit for bit.

use crate::{At, Error, Then, Timed};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;
use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// A type whose running state can be saved and restored: after the restore it goes on as if nothing had
/// happened, bit for bit.
///
/// What is written is a pair: a schema, which names every part and its version (`Surprise@1<ArimaModel@2>`),
/// and the state. A schema that is not exactly the expected one is refused before the state is read; a state
/// that could not have been reached is refused by the type's own `Deserialize`.
///
/// The version of a part goes up whenever its state would be read differently.
///
/// ```
/// use evenkeel_core::{Snapshot, restore};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Counter {
///     seen: u64,
/// }
///
/// impl Snapshot for Counter {
///     fn schema() -> String {
///         "Counter@1".into()
///     }
/// }
///
/// let text = serde_json::to_string(&Counter { seen: 7 }.snapshot())?;
/// assert_eq!(text, r#"["Counter@1",{"seen":7}]"#);
/// let again: Counter = restore(&mut serde_json::Deserializer::from_str(&text))?;
/// assert_eq!(again, Counter { seen: 7 });
///
/// let other = r#"["Counter@2",{"seen":7}]"#;
/// let refused = restore::<Counter, _>(&mut serde_json::Deserializer::from_str(other)).unwrap_err();
/// assert!(refused.to_string().contains("snapshot of Counter@2 cannot restore Counter@1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as a snapshot",
    note = "switch on the feature `serde` of the crate it comes from; a `Box<dyn …>` has forgotten its type and can't be restored"
)]
pub trait Snapshot: Serialize + DeserializeOwned {
    /// Names this type and its parts with their versions.
    fn schema() -> String;

    /// The pair to serialize, in any serde format.
    fn snapshot(&self) -> Saved<'_, Self> {
        Saved(self)
    }
}

/// What [`Snapshot::snapshot`] gives: serializes as `(schema, state)`.
#[derive(Debug)]
pub struct Saved<'a, T>(&'a T);

impl<T: Snapshot> Serialize for Saved<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&T::schema())?;
        pair.serialize_element(self.0)?;
        pair.end()
    }
}

/// Reads a pair that [`Snapshot::snapshot`] wrote.
///
/// # Errors
/// Those of the format; [`Error::Snapshot`], as the format's custom error, if the schema is another; whatever
/// the type refuses.
pub fn restore<'de, T: Snapshot, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Pair<T>(PhantomData<T>);

    impl<'de, T: Snapshot> Visitor<'de> for Pair<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a snapshot of {}", T::schema())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<T, A::Error> {
            let found: String = pair.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
            let expected = T::schema();
            if found != expected {
                return Err(de::Error::custom(Error::Snapshot { expected, found }));
            }
            pair.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))
        }
    }

    deserializer.deserialize_tuple(2, Pair(PhantomData))
}

/// Restores, or goes on with `fresh` and says why. For services that would rather relearn than not start.
pub fn restore_or_fresh<'de, T: Snapshot, D: Deserializer<'de>>(
    deserializer: D,
    fresh: impl FnOnce() -> T,
) -> (T, Option<D::Error>) {
    match restore(deserializer) {
        Ok(restored) => (restored, None),
        Err(why) => (fresh(), Some(why)),
    }
}

impl<A: Snapshot, B: Snapshot> Snapshot for Then<A, B> {
    fn schema() -> String {
        format!("Then@1<{},{}>", A::schema(), B::schema())
    }
}

impl<S: Snapshot> Snapshot for Timed<S> {
    fn schema() -> String {
        format!("Timed@1<{}>", S::schema())
    }
}

impl<X: Snapshot> Snapshot for At<X> {
    fn schema() -> String {
        format!("At@1<{}>", X::schema())
    }
}

impl<S: Snapshot> Snapshot for Box<S> {
    fn schema() -> String {
        S::schema()
    }
}
