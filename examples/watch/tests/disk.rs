use evenkeel::stats::Limit;
use evenkeel_watch::disk;

#[test]
fn disks_are_full_when_they_were_said_to_be() {
    let limit = Limit::Above(disk::SIZE);
    let (mut judged, mut held) = (0, 0);
    for seed in 0..16 {
        let used = disk::simulated(174, seed);
        let (history, future) = used.split_at(84 * disk::A_DAY);
        let (false, Some(full)) = (
            history.iter().any(|x| limit.is_reached_by(*x)),
            future.iter().position(|x| limit.is_reached_by(*x)),
        ) else {
            continue;
        };
        let outlook = disk::outlook(history, limit, future.len(), seed).unwrap();
        assert_eq!(outlook.season, Some(28));
        let after = full as f64 + 1.0;
        let (low, high) = outlook.time.interval(0.9).unwrap();
        judged += 1;
        held += u32::from(low.is_some_and(|low| low <= after) && high.is_none_or(|high| after <= high));
        let text = outlook.chart(history, limit, 4.0, "days").text(100, 12);
        assert_eq!(text.lines().count(), 12);
        let times = (evenkeel::prelude::Timestamp::EPOCH, std::time::Duration::from_secs(21_600));
        let drawing = outlook.picture(history, limit, times, "disk").unwrap().draw(700);
        assert!(drawing.description().contains("is forecast for 1970-0"), "{}", drawing.description());
        assert!(drawing.to_string().contains("limit 500"));
        assert!(text.contains("days ago") && text.contains(['▀', '▄']), "{text}");
    }
    // Of intervals that hold with 90 % fewer than this do once in a thousand times.
    assert!(judged >= 10 && 10 * held >= 6 * judged, "{held} of {judged}");
}
