//! The symptoms of an observer's incidents, read from its snapshot.

use evenkeel_core::{Diagnosis, Name};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_keeper::State;
use evenkeel_stats::sequential::BernoulliCusum;
use serde::ser::{Impossible, Serialize, SerializeStruct, Serializer};

/// An incident as an observer has it.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct Held {
    pub(super) number: Option<u64>,
    pub(super) symptoms: Vec<usize>,
    pub(super) under_way: u32,
    reported: Option<Diagnosis>,
}

/// What a diagnosis blames first.
pub(super) fn blamed(diagnosis: &Diagnosis) -> Option<&Name> {
    diagnosis.causes().first().map(|cause| &cause.component)
}

impl Held {
    /// What was said to be the cause last, if anything was said that need not be said again.
    pub(super) fn said(&self) -> Option<Option<&Name>> {
        self.reported.as_ref().map(blamed)
    }
}

/// The incidents of an observer, those without a number too.
pub(super) fn held(state: &State<DeviationMonitor, BernoulliCusum>) -> Vec<Held> {
    let incidents = state.serialize(Peek { incidents: serde_json::Value::Null }).unwrap();
    serde_json::from_value(incidents).unwrap()
}

/// Serializes the field `incidents` of a structure and nothing else, which is much cheaper than all of it.
struct Peek {
    incidents: serde_json::Value,
}

type Out = serde_json::Value;
type Never = Impossible<Out, serde_json::Error>;

fn no<X>() -> Result<X, serde_json::Error> {
    Err(serde::ser::Error::custom("a structure is expected"))
}

macro_rules! refuse {
    ($($name:ident($($of:ty),*) -> $out:ty;)*) => {
        $(fn $name(self $(, _: $of)*) -> Result<$out, serde_json::Error> { no() })*
    };
}

impl Serializer for Peek {
    type Ok = Out;
    type Error = serde_json::Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Self;
    type SerializeStructVariant = Never;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Self::Error> {
        Ok(self)
    }

    refuse! {
        serialize_bool(bool) -> Out;
        serialize_i8(i8) -> Out;
        serialize_i16(i16) -> Out;
        serialize_i32(i32) -> Out;
        serialize_i64(i64) -> Out;
        serialize_u8(u8) -> Out;
        serialize_u16(u16) -> Out;
        serialize_u32(u32) -> Out;
        serialize_u64(u64) -> Out;
        serialize_f32(f32) -> Out;
        serialize_f64(f64) -> Out;
        serialize_char(char) -> Out;
        serialize_str(&str) -> Out;
        serialize_bytes(&[u8]) -> Out;
        serialize_none() -> Out;
        serialize_unit() -> Out;
        serialize_unit_struct(&'static str) -> Out;
        serialize_unit_variant(&'static str, u32, &'static str) -> Out;
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_some<X: Serialize + ?Sized>(self, _: &X) -> Result<Out, Self::Error> {
        no()
    }

    fn serialize_newtype_struct<X: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &X,
    ) -> Result<Out, Self::Error> {
        no()
    }

    fn serialize_newtype_variant<X: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &X,
    ) -> Result<Out, Self::Error> {
        no()
    }
}

impl SerializeStruct for Peek {
    type Ok = Out;
    type Error = serde_json::Error;

    fn serialize_field<X: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &X,
    ) -> Result<(), Self::Error> {
        if name == "incidents" {
            self.incidents = serde_json::to_value(value)?;
        }
        Ok(())
    }

    fn end(self) -> Result<Out, Self::Error> {
        Ok(self.incidents)
    }
}
