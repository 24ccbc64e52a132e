//! Events of the shop that can be seen from outside.

use super::metrics::Metrics;
use super::service::Service;
use evenkeel::prelude::{Name, Timestamp};
use std::time::Duration;

/// Who measured a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The caller: waiting and lost answers included.
    Client,
    /// The one called: only what it handled.
    Server,
}

/// What a user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// To buy: by way of the cart.
    Buy,
    /// To look around: by way of the catalog.
    Browse,
}

impl Flow {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Buy, Self::Browse];

    /// Its name, as a verb.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Browse => "browse",
        }
    }

    /// The service that the edge calls for it.
    #[must_use]
    pub const fn enters(self) -> Service {
        match self {
            Self::Buy => Service::Cart,
            Self::Browse => Service::Catalog,
        }
    }
}

/// Something seen. Times never go back within one kind of event.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ShopEvent {
    /// A user's request came to its end.
    Request {
        /// When it ended.
        at: Timestamp,
        /// Whether it was answered, and within 250 ms.
        good: bool,
        /// How long it took, from when it was due.
        seconds: f64,
        /// What the user wanted.
        flow: Flow,
    },
    /// A round of scraping begins; its scrapes and calls follow.
    Tick {
        /// The time.
        at: Timestamp,
        /// How late the sampler woke up: what a machine that is too busy does to every measurement here.
        wake_delay: Duration,
        /// How late the latest request since the last tick was sent.
        load_late: Duration,
    },
    /// An instance was scraped.
    Scrape {
        /// The time of the round.
        at: Timestamp,
        /// Such as `cart-2`.
        instance: Name,
        /// What it told; `None` if it didn't answer.
        metrics: Option<Metrics>,
    },
    /// Calls between two instances since the last scrape of the one that measured them.
    Calls {
        /// The time of the round.
        at: Timestamp,
        /// The calling instance; for what users call, `users`.
        from: Name,
        /// The instance called; the service if none of its instances could be called.
        to: Name,
        /// Who measured.
        side: Side,
        /// How many came to their end.
        count: u64,
        /// How many of them failed.
        errors: u64,
        /// How many of them took longer than 100 ms.
        slow: u64,
        /// Their mean duration in seconds.
        mean: f64,
    },
    /// Somebody deployed a version to an instance. What an [`Action`](super::Action) did is not told here.
    Deploy {
        /// When the instance was started with it.
        at: Timestamp,
        /// The instance.
        instance: Name,
        /// Its service.
        service: Name,
        /// The new version.
        version: Name,
    },
}
