//! The services and their call graph.

use std::fmt;

/// A service of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Where users arrive.
    Edge,
    /// Buying: calls payments, then the store.
    Cart,
    /// Browsing: calls the store, then recommend.
    Catalog,
    /// Takes the money.
    Payments,
    /// Keeps the goods, behind a bounded pool of connections.
    Store,
    /// Says what else one might like. The catalog can do without it.
    Recommend,
}

impl Service {
    /// All of them, callers first.
    pub const ALL: [Self; 6] =
        [Self::Edge, Self::Cart, Self::Catalog, Self::Payments, Self::Store, Self::Recommend];

    /// The name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Cart => "cart",
            Self::Catalog => "catalog",
            Self::Payments => "payments",
            Self::Store => "store",
            Self::Recommend => "recommend",
        }
    }

    /// The service with this name, or that of the instance with this name: `cart`, `cart-2`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| {
            name.strip_prefix(service.name()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    /// How many instances the shop opens with.
    #[must_use]
    pub const fn instances(self) -> usize {
        match self {
            Self::Edge | Self::Recommend => 1,
            _ => 2,
        }
    }

    /// Whom it calls, in this order.
    #[must_use]
    pub const fn calls(self) -> &'static [Self] {
        match self {
            Self::Edge => &[Self::Cart, Self::Catalog],
            Self::Cart => &[Self::Payments, Self::Store],
            Self::Catalog => &[Self::Store, Self::Recommend],
            _ => &[],
        }
    }

    /// What it can do without, once told so.
    #[must_use]
    pub const fn optional(self) -> Option<Self> {
        match self {
            Self::Catalog => Some(Self::Recommend),
            _ => None,
        }
    }

    /// Who calls it.
    pub fn callers(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |caller| caller.calls().contains(&self))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
