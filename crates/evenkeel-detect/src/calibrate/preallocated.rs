//! Floats in memory that is taken once; a snapshot holds those that were set.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// A fixed number of floats, all of them +0 until they are set.
///
/// A snapshot holds their number and the floats up to the last that is not +0, so that a stage that was told
/// little does not write thousands of zeros. Whoever stops using a part sets it back to 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preallocated(Box<[f64]>);

impl Preallocated {
    pub(crate) fn new(length: usize) -> Self {
        Self(vec![0.0; length].into_boxed_slice())
    }
}

impl Deref for Preallocated {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl DerefMut for Preallocated {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
}

/// The most floats that are read: what every setting of a length in this crate allows.
#[cfg(feature = "serde")]
const LONGEST: usize = 1_000_000;

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    length: usize,
    #[serde(with = "evenkeel_core::exact")]
    set: Vec<f64>,
}

#[cfg(feature = "serde")]
impl serde::Serialize for Preallocated {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = self.iter().rposition(|x| x.to_bits() != 0).map_or(0, |last| last + 1);
        Saved { length: self.len(), set: self[..set].to_vec() }.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Preallocated {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Saved { length, set } = Saved::deserialize(deserializer)?;
        if length > LONGEST || set.len() > length {
            return Err(serde::de::Error::custom(format_args!(
                "{} floats are set of {length}, where at most {LONGEST} can be",
                set.len()
            )));
        }
        let mut read = Self::new(length);
        read[..set.len()].copy_from_slice(&set);
        Ok(read)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Preallocated);
