mod extremes;
mod maximum_followed;
mod maximum_found;
#[expect(dead_code, unreachable_pub, reason = "only what the tests look at is used here")]
#[path = "../../../src/calibrate/extremes/pareto_fit.rs"]
mod pareto_fit;
#[expect(dead_code, reason = "only what the tests look at is used here")]
#[path = "../../../src/calibrate/extremes/pareto_track.rs"]
mod pareto_track;
