//! The shop as something that divides traffic.

use crate::shop::{Outcome, Service, Shop};
use evenkeel::experience::canary::shift::{SplitError, SplitState, TrafficSplit};
use evenkeel::remedy::Target;
use evenkeel::remedy::action::Key;
use std::sync::Arc;

/// Orders the callers of a service, and asks them.
#[derive(Debug, Clone)]
pub struct ShopSplit {
    shop: Arc<Shop>,
}

impl ShopSplit {
    /// Of this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>) -> Self {
        Self { shop }
    }
}

fn service(target: &Target) -> Result<Service, SplitError> {
    let named = Service::of(target.component.as_str()).filter(|s| s.name() == target.component.as_str());
    named.ok_or_else(|| SplitError::Refused(format!("the shop has no {target}")))
}

impl TrafficSplit for ShopSplit {
    fn set(&mut self, target: &Target, percent: u8, order: Key) -> Result<(), SplitError> {
        match self.shop.split(service(target)?, percent, (order.incident, order.step, order.attempt)) {
            Outcome::Done => Ok(()),
            Outcome::Refused(why) => Err(SplitError::Refused(why)),
            Outcome::Failed(why) => Err(SplitError::Failed(why)),
        }
    }

    fn read(&mut self, target: &Target) -> Result<SplitState, SplitError> {
        let told = self.shop.read_split(service(target)?);
        let told = told.map_err(|why| SplitError::Failed(format!("a caller does not answer: {why}")))?;
        let first = told.first().copied().unwrap_or_default();
        let percent = told.iter().all(|split| split.percent == first.percent).then_some(first.percent);
        let order = first.order.filter(|_| told.iter().all(|split| split.order == first.order));
        let order = order.map(|(incident, step, attempt)| Key { incident, step, attempt });
        Ok(SplitState { percent, order })
    }
}
