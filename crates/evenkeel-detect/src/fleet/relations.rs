//! What keys have to do with each other.

/// What the caller knows of keys: their labels, and which of them may be of one incident.
///
/// A closure that gives labels is one:
///
/// ```
/// use evenkeel_detect::fleet::Relations;
///
/// // "zone/service"
/// let by_zone = |key: &String, label: &mut dyn FnMut(&str)| {
///     if let Some((zone, _)) = key.split_once('/') {
///         label(zone);
///     }
/// };
/// let mut labels = Vec::new();
/// by_zone.labels(&"eu/web".to_string(), &mut |label: &str| labels.push(label.to_string()));
/// assert_eq!(labels, ["eu"]);
/// assert!(by_zone.are_related(&"eu/web".to_string(), &"us/db".to_string()));
/// ```
pub trait Relations<K> {
    /// Calls `label` with each label of a key, once: "zone=a", "service=web". Labels are what an incident can
    /// be explained by; they need not make series related.
    fn labels(&self, key: &K, label: &mut dyn FnMut(&str));

    /// Whether alerts of these two series at about the same time are one incident: neighbors in a graph of
    /// calls, members of one service. The same for (a, b) and (b, a). Default: always, by time alone.
    fn are_related(&self, one: &K, other: &K) -> bool {
        let _ = (one, other);
        true
    }
}

/// Nothing is known of the keys: what comes at about the same time is one incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeOnly;

impl<K> Relations<K> for TimeOnly {
    fn labels(&self, _: &K, _: &mut dyn FnMut(&str)) {}
}

impl<K, F: Fn(&K, &mut dyn FnMut(&str))> Relations<K> for F {
    fn labels(&self, key: &K, label: &mut dyn FnMut(&str)) {
        self(key, label);
    }
}
