//! Signals: metrics of components, their kinds and units.

use crate::name::Name;
use crate::score::Direction;
use core::fmt;

/// One metric of one component, or of one of its instances, to which observations belong.
///
/// ```
/// use evenkeel_core::Signal;
///
/// assert_eq!(Signal::new("cart", "latency_p99").to_string(), "cart/latency_p99");
/// let of_one = Signal::new("cart", "latency_p99").at_instance("cart-2");
/// assert_eq!(of_one.to_string(), "cart/cart-2/latency_p99");
/// assert_eq!(of_one.place(), &"cart-2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Signal {
    /// The service, host or pipe that is measured.
    pub component: Name,
    /// The instance of the component that it was measured at, where there are several.
    pub instance: Option<Name>,
    /// The name of the quantity.
    pub metric: Name,
}

impl Signal {
    /// A metric of a component.
    pub fn new(component: impl Into<Name>, metric: impl Into<Name>) -> Self {
        Self { component: component.into(), instance: None, metric: metric.into() }
    }

    /// The same metric of one instance of the component.
    #[must_use]
    pub fn at_instance(mut self, instance: impl Into<Name>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Where it was measured: the instance, or the component if none is named.
    #[must_use]
    pub fn place(&self) -> &Name {
        self.instance.as_ref().unwrap_or(&self.component)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{}/{instance}/{}", self.component, self.metric),
            None => write!(f, "{}/{}", self.component, self.metric),
        }
    }
}

/// What kind of quantity a metric is. It says which direction is bad, and in what unit it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum MetricKind {
    /// How long something takes, in seconds.
    Latency,
    /// Failures, as a count, a rate or a ratio.
    Errors,
    /// How full a bounded resource is: queue, pool, disk.
    Saturation,
    /// Demand: requests, messages, bytes in or out.
    Traffic,
    /// Share of the time or of the attempts that work.
    Availability,
    /// Processor time used.
    Cpu,
    /// Memory that is in use.
    Memory,
    /// Bytes or operations of storage.
    Disk,
    /// Bytes, packets, retransmissions, round trips of the network.
    Network,
    /// Not known, or none of these.
    #[default]
    Other,
}

impl MetricKind {
    /// The direction in which this kind of metric moves when things are wrong; `None` where neither is bad by
    /// itself (demand) or nothing is known.
    #[must_use]
    pub fn bad_direction(self) -> Option<Direction> {
        match self {
            Self::Latency | Self::Errors | Self::Saturation | Self::Cpu | Self::Memory => Some(Direction::Up),
            Self::Availability => Some(Direction::Down),
            Self::Traffic | Self::Disk | Self::Network | Self::Other => None,
        }
    }
}

/// The unit that a number is in. Inside evenkeel times are seconds, sizes bytes, shares ratios from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// A share from 0 to 1.
    Ratio,
    /// Events a second.
    PerSecond,
    /// A number of things.
    Count,
    /// No unit, or none known.
    #[default]
    None,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "s",
            Self::Bytes => "B",
            Self::PerSecond => "/s",
            Self::Ratio | Self::Count | Self::None => "",
        })
    }
}
