//! Results as JSON.

use super::Method;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// Methods by name, in the order in which they ran.
pub(super) mod methods {
    use super::{Deserializer, MapAccess, Method, SerializeMap, Serializer, Visitor, fmt};

    pub(in crate::result) fn serialize<S: Serializer>(
        methods: &[Method],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(methods.len()))?;
        for method in methods {
            map.serialize_entry(&method.name, method)?;
        }
        map.end()
    }

    pub(in crate::result) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Method>, D::Error> {
        struct Methods;

        impl<'de> Visitor<'de> for Methods {
            type Value = Vec<Method>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("methods by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut methods: Vec<Method> = Vec::new();
                while let Some((name, method)) = map.next_entry::<String, Method>()? {
                    methods.push(Method { name, ..method });
                }
                Ok(methods)
            }
        }

        deserializer.deserialize_map(Methods)
    }
}

/// Numbers by name; JSON has no other word for what is not a number than `null`.
pub(super) fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let numbers = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
    Ok(numbers.into_iter().map(|(name, x)| (name, x.unwrap_or(f64::NAN))).collect())
}

/// Intervals by name.
pub(super) fn intervals<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, [f64; 2]>, D::Error> {
    let intervals = BTreeMap::<String, [Option<f64>; 2]>::deserialize(deserializer)?;
    Ok(intervals.into_iter().map(|(name, ends)| (name, ends.map(|x| x.unwrap_or(f64::NAN)))).collect())
}

/// One number.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}
