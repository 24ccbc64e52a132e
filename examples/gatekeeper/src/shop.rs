//! The simulated shop: its components and instances, and who calls whom.

use evenkeel::remedy::Target;

/// A component: its name, how many instances it has, how long it takes by itself in seconds, and what it
/// calls.
pub(crate) struct Component {
    pub(crate) name: &'static str,
    pub(crate) instances: usize,
    pub(crate) seconds: f64,
    pub(crate) calls: &'static [&'static str],
}

/// The shop: users come to `edge`, which calls one of two, which both call `store`.
pub(crate) const SHOP: [Component; 4] = [
    Component { name: "edge", instances: 2, seconds: 0.004, calls: &["cart", "catalog"] },
    Component { name: "cart", instances: 3, seconds: 0.012, calls: &["store"] },
    Component { name: "catalog", instances: 3, seconds: 0.015, calls: &["store"] },
    Component { name: "store", instances: 3, seconds: 0.020, calls: &[] },
];

/// The names of all components.
pub fn components() -> impl Iterator<Item = &'static str> {
    SHOP.iter().map(|component| component.name)
}

/// The names of all instances: `store-1`, `store-2`, …
pub fn instances() -> impl Iterator<Item = String> {
    targets().filter_map(|target| target.instance.map(|instance| instance.to_string()))
}

/// All instances, as targets.
pub fn targets() -> impl Iterator<Item = Target> {
    let of = |component: &'static Component| {
        (1..=component.instances).map(|i| Target::instance(component.name, format!("{}-{i}", component.name)))
    };
    SHOP.iter().flat_map(of)
}

/// Who calls whom.
pub(crate) fn edges() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHOP.iter().flat_map(|component| component.calls.iter().map(|to| (component.name, *to)))
}
