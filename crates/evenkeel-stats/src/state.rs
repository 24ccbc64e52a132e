//! How the types of this crate are saved: one macro, so that no field is forgotten and nothing is restored
//! unchecked.

/// Declares a struct with private fields. With the feature `serde` it is serialized field by field (floats
/// through `evenkeel_core::exact`), restored only if its own `validate(&self) -> Result<(), Error>` agrees,
/// and a `Snapshot` under the schema that stands in parentheses.
macro_rules! state {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident($schema:literal) {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        $vis struct $name {
            $(
                $(#[$field_meta])*
                #[cfg_attr(feature = "serde", serde(serialize_with = "crate::state::write"))]
                $field: $type,
            )*
        }

        #[cfg(feature = "serde")]
        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Unvalidated {
                $( #[serde(deserialize_with = "crate::state::read")] $field: $type, )*
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let Unvalidated { $($field),* } = Unvalidated::deserialize(deserializer)?;
                    let state = Self { $($field),* };
                    state.validate().map_err(serde::de::Error::custom)?;
                    Ok(state)
                }
            }

            impl evenkeel_core::Snapshot for $name {
                fn schema() -> alloc::string::String {
                    $schema.into()
                }
            }

            impl crate::state::Field for $name {
                fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(self, serializer)
                }

                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::Deserialize::deserialize(deserializer)
                }
            }
        };
    };
}

/// For fields that serialize as they stand.
#[cfg(feature = "serde")]
macro_rules! plain {
    ($($type:ty),*) => { $(
        impl crate::state::Field for $type {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    )* };
}

#[cfg(feature = "serde")]
pub(crate) use plain;
#[cfg(feature = "serde")]
pub(crate) use saved::{Field, read, write};

#[cfg(feature = "serde")]
mod saved {
    use evenkeel_core::exact::{self, Exact};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// What may be a field of a saved state.
    pub(crate) trait Field: Sized {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    }

    /// Floats, which go through `evenkeel_core::exact`.
    macro_rules! floats {
        ($([$($generics:tt)*] $type:ty),*) => { $(
            impl$($generics)* Field for $type {
                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    exact::serialize(self, serializer)
                }

                fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    <Self as Exact>::read(deserializer)
                }
            }
        )* };
    }

    floats!([] f64, [] alloc::vec::Vec<f64>, [<const N: usize>] [f64; N]);
    plain!(u64, usize, [u64; 4], evenkeel_core::PlausibilityCheck);

    impl<T: Field> Field for Option<T> {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.as_ref().map(Item).serialize(serializer)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Option::<Owned<T>>::deserialize(deserializer)?.map(|item| item.0))
        }
    }

    struct Item<'a, T>(&'a T);

    impl<T: Field> Serialize for Item<'_, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.write(serializer)
        }
    }

    struct Owned<T>(T);

    impl<'de, T: Field> Deserialize<'de> for Owned<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::read(deserializer).map(Owned)
        }
    }

    pub(crate) fn write<T: Field, S: Serializer>(field: &T, serializer: S) -> Result<S::Ok, S::Error> {
        field.write(serializer)
    }

    pub(crate) fn read<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

pub(crate) use state;
