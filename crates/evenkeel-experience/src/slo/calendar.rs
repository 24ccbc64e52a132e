//! Calendar periods.

use evenkeel_core::Timestamp;

/// A period of the civil calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// From the first of the month on.
    Month,
    /// From the first of January, April, July and October on.
    Quarter,
    /// From the first of January on.
    Year,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Period);

impl Period {
    /// The number of the period that holds a time, rising by 1 from one to the next. `offset` is what local
    /// time is ahead of UTC then, in seconds.
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::slo::Period;
    ///
    /// // 2023-11-30T23:30:00Z is December already in Berlin.
    /// let time = Timestamp::from_seconds(1_701_387_000);
    /// assert_eq!(Period::Month.index(time, 3600), Period::Month.index(time, 0) + 1);
    /// ```
    #[must_use]
    pub fn index(self, time: Timestamp, offset: i32) -> i64 {
        let days = (time.as_seconds() + i64::from(offset)).div_euclid(86_400);
        match self {
            Self::Day => days,
            // 1970-01-01 was a Thursday.
            Self::Week => (days + 3).div_euclid(7),
            Self::Month => month(days),
            Self::Quarter => month(days).div_euclid(3),
            Self::Year => month(days).div_euclid(12),
        }
    }
}

/// The number of the month since January of the year 0 of the Gregorian calendar, that a day since 1970-01-01
/// is in. Counted in eras of 400 years whose years begin in March, so that the leap day comes last.
fn month(days: i64) -> i64 {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    (era * 400 + year_of_era) * 12 + month_from_march + 2
}
