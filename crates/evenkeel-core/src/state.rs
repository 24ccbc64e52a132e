//! The macro for saved states: no field is forgotten, and nothing is restored unchecked.

/// Declares how a type is saved with the feature `serde` of the calling crate, and its
/// [`Snapshot`](crate::Snapshot). Without that feature only the struct itself is declared. The calling crate
/// depends on `serde` where it has the feature.
///
/// *A struct that is saved field by field.* Its fields are private or as visible as they say; each type
/// implements [`Exact`](crate::exact::Exact), so floats survive every format. A state is restored only if no
/// field is unknown and the type's own `fn validate(&self) -> Result<(), evenkeel_core::Error>` agrees. The
/// schema is any expression that becomes a `String`.
///
/// ```
/// # #![cfg(feature = "serde")]
/// use evenkeel_core::{Error, Snapshot, restore};
///
/// evenkeel_core::state! {
///     /// The largest value so far.
///     #[derive(Debug, Clone, PartialEq)]
///     pub struct Record("Record@1") {
///         seen: u64,
///         largest: Option<f64>,
///     }
/// }
///
/// impl Record {
///     fn validate(&self) -> Result<(), Error> {
///         let is_known = self.largest.is_some();
///         Error::require((self.seen > 0) == is_known, "largest", "known from the first value on", self.seen)
///     }
/// }
///
/// let record = Record { seen: 2, largest: Some(f64::INFINITY) };
/// let text = serde_json::to_string(&record.snapshot())?;
/// assert_eq!(text, r#"["Record@1",{"seen":2,"largest":"inf"}]"#);
/// assert_eq!(restore::<Record, _>(&mut serde_json::Deserializer::from_str(&text))?, record);
///
/// let impossible = r#"["Record@1",{"seen":0,"largest":"3.0"}]"#;
/// assert!(restore::<Record, _>(&mut serde_json::Deserializer::from_str(impossible)).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// *A type that is saved as another*, because it holds caches, or less is enough: that other struct is
/// declared here, with the same rules for its fields, and the two conversions are written beside it, of which
/// the way back is the check.
///
/// ```
/// # #![cfg(feature = "serde")]
/// use evenkeel_core::{Error, Snapshot};
///
/// #[derive(Debug, Clone)]
/// pub struct Halves {
///     n: u64,
///     half: u64,
/// }
///
/// evenkeel_core::state! {
///     Halves as struct SavedHalves("Halves@1") {
///         n: u64,
///     }
/// }
///
/// impl From<&Halves> for SavedHalves {
///     fn from(halves: &Halves) -> Self {
///         Self { n: halves.n }
///     }
/// }
///
/// impl TryFrom<SavedHalves> for Halves {
///     type Error = Error;
///
///     fn try_from(SavedHalves { n }: SavedHalves) -> Result<Self, Error> {
///         Error::require(n % 2 == 0, "n", "even", n)?;
///         Ok(Self { n, half: n / 2 })
///     }
/// }
///
/// let halves = Halves { n: 6, half: 3 };
/// assert_eq!(serde_json::to_string(&halves.snapshot())?, r#"["Halves@1",{"n":6}]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// In the second form the conversions and the declaration stand behind `#[cfg(feature = "serde")]`. An enum
/// that serializes as it stands is made fit to be a field by `evenkeel_core::exact_as_is!(Enum)`. Generic
/// types implement `Snapshot` by hand.
#[macro_export]
macro_rules! state {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident($schema:expr) {
            $( $(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        $vis struct $name {
            $(
                $(#[$field_meta])*
                #[cfg_attr(feature = "serde", serde(serialize_with = "evenkeel_core::exact::serialize"))]
                $field_vis $field: $type,
            )*
        }

        #[cfg(feature = "serde")]
        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Unchecked {
                $( #[serde(deserialize_with = "evenkeel_core::exact::deserialize")] $field: $type, )*
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                    let Unchecked { $($field),* } = <Unchecked as serde::Deserialize>::deserialize(deserializer)?;
                    let state = Self { $($field),* };
                    $name::validate(&state).map_err(<D::Error as serde::de::Error>::custom)?;
                    ::core::result::Result::Ok(state)
                }
            }

            $crate::__snapshot!($name, $schema);
        };
    };
    (
        $type_name:ident as struct $saved:ident($schema:expr) {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty ),* $(,)?
        }
    ) => {
        #[cfg(feature = "serde")]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $saved {
            $( $(#[$field_meta])* #[serde(with = "evenkeel_core::exact")] $field: $type, )*
        }

        #[cfg(feature = "serde")]
        const _: () = {
            impl serde::Serialize for $type_name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(&<$saved as ::core::convert::From<&$type_name>>::from(self), serializer)
                }
            }

            impl<'de> serde::Deserialize<'de> for $type_name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                    let saved = <$saved as serde::Deserialize>::deserialize(deserializer)?;
                    <$type_name as ::core::convert::TryFrom<$saved>>::try_from(saved)
                        .map_err(<D::Error as serde::de::Error>::custom)
                }
            }

            $crate::__snapshot!($type_name, $schema);
        };
    };
}

/// The part of [`state!`] that both of its forms share.
#[doc(hidden)]
#[macro_export]
macro_rules! __snapshot {
    ($name:ident, $schema:expr) => {
        impl $crate::Snapshot for $name {
            fn schema() -> $crate::__String {
                $schema.into()
            }
        }

        $crate::exact_as_is!($name);
    };
}
