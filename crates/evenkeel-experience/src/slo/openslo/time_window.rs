//! Lengths of time and windows as OpenSLO writes them.

use super::field::Field;
use crate::slo::{CalendarBudget, Objective, Period, RollingBudget};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::time::Duration;
use evenkeel_core::Error;

/// The unit of a [`Length`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LengthUnit {
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `M`
    Month,
    /// `Q`
    Quarter,
    /// `Y`
    Year,
}

impl LengthUnit {
    const ALL: [(char, Self); 7] = [
        ('m', Self::Minute),
        ('h', Self::Hour),
        ('d', Self::Day),
        ('w', Self::Week),
        ('M', Self::Month),
        ('Q', Self::Quarter),
        ('Y', Self::Year),
    ];

    const fn minutes(self) -> u64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 1_440,
            Self::Week => 7 * 1_440,
            Self::Month => 30 * 1_440,
            Self::Quarter => 90 * 1_440,
            Self::Year => 365 * 1_440,
        }
    }
}

/// A length of time in the shorthand of OpenSLO: a whole number and a unit, as in `4w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Length {
    /// How many, at most a million.
    pub count: u32,
    /// Of what.
    pub unit: LengthUnit,
}

impl Length {
    /// As a fixed length of time. The specification leaves open what a month, a quarter and a year of it are;
    /// they are taken as 30, 90 and 365 days, as in OpenSLO's own Go library.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(60 * self.unit.minutes() * u64::from(self.count))
    }

    pub(super) fn read(field: &Field<'_>) -> Result<Self, Error> {
        let text = field.text()?;
        let parse = || {
            let unit = text.chars().last()?;
            let (_, unit) = LengthUnit::ALL.into_iter().find(|(letter, _)| *letter == unit)?;
            let digits = &text[..text.len() - 1];
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let count = is_number.then(|| digits.parse().ok())??;
            (count <= 1_000_000).then_some(Self { count, unit })
        };
        parse().ok_or_else(|| {
            field.error(&format!("expected a length such as 5m, 12h, 28d, 4w, 1M, 1Q or 1Y, found `{text}`"))
        })
    }

    /// Also `0m` is none.
    pub(super) fn read_positive(field: &Field<'_>) -> Result<Self, Error> {
        let length = Self::read(field)?;
        if length.count == 0 { Err(field.error("expected a length above 0")) } else { Ok(length) }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = LengthUnit::ALL.iter().find(|(_, unit)| *unit == self.unit).map_or('?', |(c, _)| *c);
        write!(f, "{}{letter}", self.count)
    }
}

/// A moment of civil time, without its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CivilTime {
    /// The year, from 1 to 9999.
    pub year: u16,
    /// The month, from 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
    /// The hour, from 0 to 23.
    pub hour: u8,
    /// The minute, from 0 to 59.
    pub minute: u8,
    /// The second, from 0 to 59.
    pub second: u8,
}

impl CivilTime {
    /// Reads `2020-01-21 12:30:00`, also with a `T` between.
    fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 19 {
            return None;
        }
        let separators = bytes[4] == b'-'
            && bytes[7] == b'-'
            && matches!(bytes[10], b' ' | b'T')
            && bytes[13] == b':'
            && bytes[16] == b':';
        let number = |from: usize, to: usize| -> Option<u16> {
            let digits = &bytes[from..to];
            digits.iter().try_fold(0_u16, |sum, digit| {
                digit.is_ascii_digit().then(|| 10 * sum + u16::from(digit - b'0'))
            })
        };
        let two = |from: usize| number(from, from + 2).and_then(|x| u8::try_from(x).ok());
        let time = Self {
            year: number(0, 4)?,
            month: two(5)?,
            day: two(8)?,
            hour: two(11)?,
            minute: two(14)?,
            second: two(17)?,
        };
        let leap =
            time.year.is_multiple_of(4) && (!time.year.is_multiple_of(100) || time.year.is_multiple_of(400));
        let days = match time.month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => 0,
        };
        let holds = separators && time.year > 0 && (1..=days).contains(&time.day);
        (holds && time.hour < 24 && time.minute < 60 && time.second < 60).then_some(time)
    }

    fn is_midnight(self) -> bool {
        (self.hour, self.minute, self.second) == (0, 0, 0)
    }

    /// By the rule of Sakamoto; Monday is 0.
    fn weekday(self) -> u16 {
        let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][usize::from(self.month) - 1];
        let year = self.year - u16::from(self.month < 3);
        (year + year / 4 - year / 100 + year / 400 + shift + u16::from(self.day) + 6) % 7
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// The time over which a budget holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeWindow {
    /// The last `length`, always.
    Rolling {
        /// How long it is.
        length: Length,
    },
    /// One after the other from `start` on.
    Calendar {
        /// How long each is.
        length: Length,
        /// When the first began, in the local time of `zone`.
        start: CivilTime,
        /// The name of a zone in the IANA database, as it stands in the document. It is not looked up: local
        /// time comes from the caller.
        zone: String,
    },
}

impl TimeWindow {
    /// The length of one window.
    #[must_use]
    pub fn length(&self) -> Length {
        match self {
            Self::Rolling { length } | Self::Calendar { length, .. } => *length,
        }
    }

    /// The budget of a rolling window, which moves in steps of `resolution`.
    ///
    /// # Errors
    /// If the window is one of the calendar, or as [`RollingBudget::new`].
    pub fn rolling_budget(&self, objective: Objective, resolution: Duration) -> Result<RollingBudget, Error> {
        match self {
            Self::Rolling { length } => RollingBudget::new(objective, length.duration(), resolution),
            Self::Calendar { length, .. } => {
                Err(Error::parameter("timeWindow", "rolling", format!("{length} of the calendar")))
            }
        }
    }

    /// The period of a calendar window.
    ///
    /// # Errors
    /// If the window is rolling, is not one day, week, month, quarter or year, or starts elsewhere than such
    /// a [`Period`] does: at midnight, weeks on a Monday, months and more on their first day.
    pub fn period(&self) -> Result<Period, Error> {
        let Self::Calendar { length, start, .. } = self else {
            return Err(Error::parameter("timeWindow", "of the calendar", "rolling"));
        };
        let (period, begins) = match (length.count, length.unit) {
            (1, LengthUnit::Day) => (Period::Day, true),
            (1, LengthUnit::Week) | (7, LengthUnit::Day) => (Period::Week, start.weekday() == 0),
            (1, LengthUnit::Month) => (Period::Month, start.day == 1),
            (1, LengthUnit::Quarter) | (3, LengthUnit::Month) => {
                (Period::Quarter, start.day == 1 && start.month % 3 == 1)
            }
            (1, LengthUnit::Year) | (12, LengthUnit::Month) => {
                (Period::Year, (start.month, start.day) == (1, 1))
            }
            _ => {
                let must = "one day, week, month, quarter or year";
                return Err(Error::parameter("timeWindow.duration", must, length));
            }
        };
        let must = "where a day, a week (on Monday), a month, a quarter or a year begins";
        let holds = begins && start.is_midnight();
        Error::require(holds, "timeWindow.calendar.startTime", must, start.to_string())?;
        Ok(period)
    }

    /// The budget of a calendar window, in a local time that is `offset` seconds ahead of UTC; it is told of
    /// changes by [`CalendarBudget::set_offset`].
    ///
    /// # Errors
    /// As [`period`](Self::period), or if `offset` is not within a day.
    pub fn calendar_budget(&self, objective: Objective, offset: i32) -> Result<CalendarBudget, Error> {
        CalendarBudget::new(objective, self.period()?, offset)
    }

    pub(super) fn read(field: &Field<'_>) -> Result<Self, Error> {
        let mut window = field.mapping()?;
        let length = Length::read_positive(&window.required("duration")?)?;
        let is_rolling = window.optional("isRolling").map(|field| field.boolean()).transpose()?;
        let calendar = window.optional("calendar");
        let read = match calendar {
            Some(calendar) if is_rolling == Some(true) => {
                return Err(calendar.error("a window that is rolling has no calendar"));
            }
            Some(calendar) => {
                let mut fields = calendar.mapping()?;
                let at = fields.required("startTime")?;
                let start = CivilTime::parse(at.text()?)
                    .ok_or_else(|| at.error("expected a time such as 2024-01-01 00:00:00"))?;
                let zone = String::from(fields.required("timeZone")?.name()?);
                fields.finish()?;
                Self::Calendar { length, start, zone }
            }
            None if is_rolling == Some(true) => Self::Rolling { length },
            None => return Err(field.error("neither rolling nor with a calendar")),
        };
        window.finish()?;
        Ok(read)
    }
}
