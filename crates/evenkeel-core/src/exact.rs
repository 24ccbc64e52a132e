//! Exact serialization of floats: `#[serde(with = "evenkeel_core::exact")]`.
//!
//! Text formats have no NaN and no infinity, and a reader of decimal numbers may be off by a bit. In a
//! human-readable format a float is therefore written as a string, the shortest one that reads back to the
//! same bits (`"0.1"`, `"NaN"`, `"-inf"`); in a binary format as it is. Works on `f64` and `f32`, on what has
//! no floats and serializes as it stands (integers, `bool`, `String`, durations, the vocabulary of this
//! crate, and what [`exact_as_is!`](crate::exact_as_is) names), and on `Option`, `Vec`, `VecDeque`, boxed
//! slices, arrays and tuples of what it works on. A number that a person wrote without quotes is read as
//! well.

use crate::time::At;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, SerializeTuple, Serializer};

/// Writes.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Exact, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

/// Reads.
///
/// # Errors
/// Those of the deserializer, and text that is no number.
pub fn deserialize<'de, T: Exact, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// What this module can write and read exactly.
pub trait Exact: Sized {
    /// Writes itself.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads itself.
    ///
    /// # Errors
    /// Those of the deserializer, and text that is no number.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl Exact for f64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{self:?}"))
        } else {
            serializer.serialize_f64(*self)
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TextFloat)
        } else {
            Self::deserialize(deserializer)
        }
    }
}

struct TextFloat;

impl Visitor<'_> for TextFloat {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, as such or as text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        text.parse().map_err(|_| E::custom(format!("`{text}` is no number")))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<f64, E> {
        Ok(x)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<f64, E> {
        Ok(x as f64)
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<f64, E> {
        Ok(x as f64)
    }
}

impl Exact for f32 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{self:?}"))
        } else {
            serializer.serialize_f32(*self)
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TextSingle)
        } else {
            Self::deserialize(deserializer)
        }
    }
}

struct TextSingle;

impl Visitor<'_> for TextSingle {
    type Value = f32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, as such or as text")
    }

    // Read as what it is: by way of the next double it would be rounded twice.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<f32, E> {
        text.parse().map_err(|_| E::custom(format!("`{text}` is no number")))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<f32, E> {
        Ok(x as f32)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<f32, E> {
        Ok(x as f32)
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<f32, E> {
        Ok(x as f32)
    }
}

/// Implements [`exact::Exact`](crate::exact::Exact) for types that serialize as they stand: they have no
/// floats of their own, or see to them themselves. So they can be fields of a [`state!`](crate::state).
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// enum Phase {
///     Learning,
///     Watching { since: u64 },
/// }
///
/// evenkeel_core::exact_as_is!(Phase);
/// ```
#[macro_export]
macro_rules! exact_as_is {
    ($($type:ty),+ $(,)?) => { $(
        impl $crate::exact::Exact for $type {
            fn write<S: serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    )+ };
}

crate::exact_as_is!(
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    alloc::string::String,
    core::time::Duration,
    crate::Timestamp,
    crate::Watermark,
    crate::Name,
    crate::Signal,
    crate::Direction,
    crate::Score,
    crate::Calibrated,
    crate::Transition,
    crate::Prediction,
    crate::PlausibilityCheck,
);

/// One element inside a collection.
struct Item<T>(T);

impl<T: Exact> Serialize for Item<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<'de, T: Exact> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Item)
    }
}

impl<T: Exact> Exact for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Item).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Item<T>>::deserialize(deserializer)?.map(|item| item.0))
    }
}

impl<T: Exact> Exact for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Item))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Item<T>>::deserialize(deserializer)?.into_iter().map(|item| item.0).collect())
    }
}

impl<T: Exact> Exact for Box<[T]> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Item))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::read(deserializer).map(Vec::into_boxed_slice)
    }
}

impl<T: Exact> Exact for VecDeque<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for x in self {
            seq.serialize_element(&Item(x))?;
        }
        seq.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::read(deserializer).map(Self::from)
    }
}

impl<T: Exact, const N: usize> Exact for [T; N] {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for x in self {
            tuple.serialize_element(&Item(x))?;
        }
        tuple.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array<T, const N: usize>(core::marker::PhantomData<T>);

        impl<'de, T: Exact, const N: usize> Visitor<'de> for Array<T, N> {
            type Value = [T; N];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[T; N], A::Error> {
                let mut items = Vec::with_capacity(N);
                while items.len() < N {
                    match seq.next_element::<Item<T>>()? {
                        Some(item) => items.push(item.0),
                        None => break,
                    }
                }
                <[T; N]>::try_from(items).map_err(|short| de::Error::invalid_length(short.len(), &self))
            }
        }

        deserializer.deserialize_tuple(N, Array(core::marker::PhantomData))
    }
}

impl<T: Exact> Exact for At<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        At::new(self.time, Item(&self.value)).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        At::<Item<T>>::deserialize(deserializer).map(|at| at.map(|item| item.0))
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))+) => { $(
        impl<$($part: Exact),+> Exact for ($($part,)+) {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                ($(Item(&self.$index),)+).serialize(serializer)
            }

            fn read<'de, De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                <($(Item<$part>,)+)>::deserialize(deserializer).map(|items| ($(items.$index.0,)+))
            }
        }
    )+ };
}

tuples! { (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) }
