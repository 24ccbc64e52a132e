//! What users of other systems complain about, by name. Beside these: the wrong sign of SPOT at shape 0
//! (`extremes::shape_zero_is_no_special_case`), the MAD of 0 (`robust_z::mad_zero_on_quantized_data`), levels
//! that are never learned (`robust_z::a_level_that_lasts_is_learned_within_one_window`,
//! `focus::a_level_that_lasts_is_learned`).

use crate::stream::normal;
use core::time::Duration;
use evenkeel_core::{At, Stage, Timed, Timestamp, TransitionKind};
use evenkeel_detect::{Alarm, RobustZ, Spot};

/// The whole line, an hour of quiet after an incident: what begins in it and is bigger is told, what is not
/// is not.
#[test]
fn a_second_bigger_event_is_not_suppressed() {
    let minute = Duration::from_secs(60);
    let raised = |second: f64| {
        let alarm = Alarm::builder(1e-4).clear_after(2 * minute).refractory(60 * minute).build().unwrap();
        let spot = Spot::builder(1e-4).calibration(1_000).build().unwrap();
        let mut line = Timed(RobustZ::builder().build().unwrap().then(spot)).then(alarm);
        let mut raised = Vec::new();
        for (i, z) in normal(17).take(3_100).enumerate() {
            let x = match i {
                3_000..3_005 => z + 15.0,
                3_020..3_025 => z + second,
                _ => z,
            };
            let time = Timestamp::from_seconds(60 * i as i64);
            if let Some(told) = line.update(At::new(time, x))
                && told.kind == TransitionKind::Raised
                && i >= 3_000
            {
                raised.push(i);
            }
        }
        raised
    };
    assert_eq!(raised(10.0), [3_000], "a smaller one so soon is the same incident");
    assert_eq!(raised(500.0), [3_000, 3_020], "a bigger one is not");
}
