//! What the example `canary` is made of: the split of the live shop, and a rollout on it.

mod live_rollout;
mod shop_split;

pub use live_rollout::{Ended, Happening, LiveRollout};
pub use shop_split::ShopSplit;
