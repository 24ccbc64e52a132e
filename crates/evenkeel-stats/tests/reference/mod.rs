//! Replays of values that other systems computed.

mod anytime_valid;
mod bandits;
mod distributions;
