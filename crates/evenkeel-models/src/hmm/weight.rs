//! Limits on weights and on the number of states.

use evenkeel_core::Error;

/// A state with less expected weight, or fewer expected exits, has not been seen: it keeps what it had.
pub(super) const LEAST_WEIGHT: f64 = 1e-10;
/// The largest number of states: work on the stack is of this size.
pub(super) const MOST_STATES: usize = 64;

/// Refuses parameters that are not those of 1 to 64 states, `each` numbers for every one.
pub(super) fn require_states(found: usize, each: usize, what: &'static str) -> Result<(), Error> {
    if each == 0 || !found.is_multiple_of(each) {
        return Err(Error::Shape { what, expected: each * (found / each.max(1)).max(1), found });
    }
    let states = found / each;
    Error::require((1..=MOST_STATES).contains(&states), "states", "in 1..=64", states)
}
