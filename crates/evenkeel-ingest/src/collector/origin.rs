//! Where telemetry comes from.

use evenkeel_core::Name;

/// Where telemetry comes from, for what it does not say itself by its labels or resource.
///
/// ```
/// use evenkeel_ingest::collector::Origin;
///
/// // A page that was scraped from one instance of a service, and answers of a server that knows many.
/// let scraped = Origin::new("cart", "cart-1");
/// assert_eq!(scraped.component.as_ref().map(|name| name.as_str()), Some("cart"));
/// assert_eq!(Origin::default().component, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub struct Origin {
    /// The service that was asked, or that sent it; `None` if it is about many.
    pub component: Option<Name>,
    /// Which instance of it.
    pub instance: Option<Name>,
}

impl Origin {
    /// An instance of a service.
    #[must_use]
    pub fn new(component: impl Into<Name>, instance: impl Into<Name>) -> Self {
        Self { component: Some(component.into()), instance: Some(instance.into()) }
    }

    /// A service without instances.
    #[must_use]
    pub fn component(component: impl Into<Name>) -> Self {
        Self { component: Some(component.into()), instance: None }
    }
}
