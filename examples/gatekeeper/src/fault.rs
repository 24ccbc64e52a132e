//! Faults of the simulated shop: what is broken, where, and what ends it.

use evenkeel::remedy::Action;
use evenkeel::remedy::verb::StandardVerb;
use std::fmt;
use std::str::FromStr;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// The connections of one instance are used up. A restart ends it; without the instance users are fine.
    Pool,
    /// The memory of one instance leaks. A restart ends it; without the instance users are fine.
    Leak,
    /// Another program takes the processor of one instance's host. A restart does not help; without the
    /// instance users are fine.
    Neighbor,
    /// A release of a component answers with errors, on every instance. Rolling it back ends it.
    Release,
    /// A component has more work than it can do. Refusing a fifth of the requests helps.
    Overload,
}

/// Their names, as in `pool@store-1`.
const NAMES: [(Defect, &str); 5] = [
    (Defect::Pool, "pool"),
    (Defect::Leak, "leak"),
    (Defect::Neighbor, "neighbor"),
    (Defect::Release, "release"),
    (Defect::Overload, "overload"),
];

impl Defect {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pool, Self::Leak, Self::Neighbor, Self::Release, Self::Overload];

    /// Whether one instance has it, rather than a component as a whole.
    #[must_use]
    pub fn is_of_instance(self) -> bool {
        matches!(self, Self::Pool | Self::Leak | Self::Neighbor)
    }
}

/// One fault. Written `DEFECT@PLACE`, where the place is an instance for `pool`, `leak` and `neighbor` and a
/// component for `release` and `overload`; with a `!` behind it no remedy ends it, though an instance that
/// has it can be drained.
///
/// ```
/// let fault: evenkeel_gatekeeper::Fault = "pool@store-1".parse()?;
/// assert_eq!(fault.to_string(), "pool@store-1");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub defect: Defect,
    /// The name of the instance or the component.
    pub place: String,
    /// Whether what usually ends it does not.
    pub stubborn: bool,
}

impl Fault {
    /// Whether an action that was carried out ends it. Draining the instance does not: users feel it no more,
    /// and it stays.
    #[must_use]
    pub fn is_ended_by(&self, action: &Action<StandardVerb>) -> bool {
        let target = &action.target;
        let hits = match &target.instance {
            Some(instance) => *instance == *self.place,
            None => {
                let of = self.place.rsplit_once('-').map_or(self.place.as_str(), |(component, _)| component);
                target.component == *of
            }
        };
        let helps = match self.defect {
            Defect::Pool | Defect::Leak => action.verb == StandardVerb::Restart,
            Defect::Release => action.verb == StandardVerb::RollBack,
            Defect::Neighbor | Defect::Overload => false,
        };
        hits && helps && !self.stubborn
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(defect, _)| *defect == self.defect).map_or("", |(_, name)| name);
        write!(f, "{name}@{}{}", self.place, if self.stubborn { "!" } else { "" })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, stubborn) = match text.strip_suffix('!') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (name, place) =
            rest.split_once('@').ok_or_else(|| format!("fault `{text}`: must be DEFECT@PLACE"))?;
        let defect = NAMES.iter().find(|(_, known)| *known == name).map(|(defect, _)| *defect);
        let defect = defect.ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(_, name)| *name).collect();
            format!("fault `{text}`: the defect must be one of {}", known.join(", "))
        })?;
        let (kind, known) = match defect.is_of_instance() {
            true => ("an instance", crate::shop::instances().any(|instance| instance == place)),
            false => ("a component", crate::shop::components().any(|component| component == place)),
        };
        if !known {
            return Err(format!("fault `{text}`: `{place}` is not {kind} of the shop"));
        }
        Ok(Self { defect, place: place.to_string(), stubborn })
    }
}
