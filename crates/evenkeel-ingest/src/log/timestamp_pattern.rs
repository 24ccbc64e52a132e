//! Times as they are written in logs.

use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Literal(char),
    Year,
    Month,
    MonthName,
    Day,
    Hour,
    Minute,
    Second,
    /// A point or comma and digits, or nothing.
    Fraction,
    Zone,
    /// Seconds since the epoch, with a fraction if there is one.
    Unix,
}

/// How times are written, in the signs of `strftime`.
///
/// | sign | reads |
/// | --- | --- |
/// | `%Y` `%m` `%d` `%H` `%M` `%S` | four or two digits; `%d` also one, or a space and one |
/// | `%b` | the name of a month in English, three letters |
/// | `%.f` | a fraction of the second after a point or comma, if there is one |
/// | `%z` | `Z`, `+01:00`, `+0100` |
/// | `%s` | seconds since 1970, with a fraction if there is one |
/// | `%F` `%T` `%%` | `%Y-%m-%d`, `%H:%M:%S`, a percent sign |
///
/// Without `%z` times are in UTC, unless [`offset`](Self::offset) says otherwise; without `%Y`, as syslog
/// writes them, the year is found from a time [near](Self::near).
///
/// ```
/// use evenkeel_ingest::log::TimestampPattern;
///
/// let nginx = TimestampPattern::new("%d/%b/%Y:%H:%M:%S %z")?;
/// let (time, range) = nginx.find("10.0.0.1 - - [29/Nov/2026:12:02:04 +0100] GET").unwrap();
/// assert_eq!((time.to_string().as_str(), range), ("2026-11-29T11:02:04Z", 14..40));
/// assert!(TimestampPattern::new("%q").is_err());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TimestampPattern {
    parts: Vec<Part>,
    offset: i32,
    near: Option<Timestamp>,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What has been read of a time.
struct Fields {
    year: Option<i64>,
    month: i64,
    day: i64,
    seconds: i64,
    nanos: i64,
    zone: Option<i64>,
    unix: Option<Timestamp>,
}

impl TimestampPattern {
    /// A pattern.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a sign that is not in the table, or for a pattern that does not say enough: it
    /// takes `%s`, or month, day, hour and minute.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                parts.push(Part::Literal(c));
                continue;
            }
            let mut sign = chars.next();
            if sign == Some('.') {
                sign = chars.next();
            }
            match sign {
                Some('Y') => parts.push(Part::Year),
                Some('m') => parts.push(Part::Month),
                Some('b') => parts.push(Part::MonthName),
                Some('d' | 'e') => parts.push(Part::Day),
                Some('H') => parts.push(Part::Hour),
                Some('M') => parts.push(Part::Minute),
                Some('S') => parts.push(Part::Second),
                Some('f') => parts.push(Part::Fraction),
                Some('z') => parts.push(Part::Zone),
                Some('s') => parts.push(Part::Unix),
                Some('F') => {
                    parts.extend([
                        Part::Year,
                        Part::Literal('-'),
                        Part::Month,
                        Part::Literal('-'),
                        Part::Day,
                    ]);
                }
                Some('T') => {
                    parts.extend([
                        Part::Hour,
                        Part::Literal(':'),
                        Part::Minute,
                        Part::Literal(':'),
                        Part::Second,
                    ]);
                }
                Some('%') => parts.push(Part::Literal('%')),
                _ => return Err(Error::parameter("pattern", "made of the signs in the table", pattern)),
            }
        }
        let has = |part| parts.contains(&part);
        let date = (has(Part::Month) || has(Part::MonthName)) && has(Part::Day);
        let enough = has(Part::Unix) || date && has(Part::Hour) && has(Part::Minute);
        Error::require(enough, "pattern", "%s, or month, day, hour and minute", pattern)?;
        Ok(Self { parts, offset: 0, near: None })
    }

    /// As RFC 3339 has it, with a space or a `T`.
    pub fn rfc_3339() -> [Self; 2] {
        [Part::Literal('T'), Part::Literal(' ')].map(|between| {
            let date = [Part::Year, Part::Literal('-'), Part::Month, Part::Literal('-'), Part::Day, between];
            let time = [Part::Hour, Part::Literal(':'), Part::Minute, Part::Literal(':'), Part::Second];
            let parts = date.into_iter().chain(time).chain([Part::Fraction, Part::Zone]).collect();
            Self { parts, offset: 0, near: None }
        })
    }

    /// The offset of times without a zone, in seconds east of UTC. Default 0.
    pub fn offset(mut self, seconds: i32) -> Self {
        self.offset = seconds;
        self
    }

    /// A time, most often now, for patterns without a year: the latest year is taken that makes a time at most
    /// a day after it.
    pub fn near(mut self, time: Timestamp) -> Self {
        self.near = Some(time);
        self
    }

    /// The first time in a line, and where it stands.
    #[must_use]
    pub fn find(&self, line: &str) -> Option<(Timestamp, core::ops::Range<usize>)> {
        line.char_indices().find_map(|(at, _)| {
            let (time, length) = self.parse_prefix(&line[at..])?;
            Some((time, at..at + length))
        })
    }

    /// The time that a text is, all of it.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        self.parse_prefix(text).filter(|found| found.1 == text.len()).map(|found| found.0)
    }

    fn parse_prefix(&self, text: &str) -> Option<(Timestamp, usize)> {
        let mut rest = text;
        let unset = Fields { year: None, month: 0, day: 0, seconds: 0, nanos: 0, zone: None, unix: None };
        let mut fields = unset;
        for part in &self.parts {
            match part {
                Part::Literal(c) => rest = rest.strip_prefix(*c)?,
                Part::Year => fields.year = Some(digits(&mut rest, 4, 4)?),
                Part::Month => fields.month = digits(&mut rest, 2, 2)?,
                Part::MonthName => {
                    let name = rest.get(..3)?;
                    let at = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
                    fields.month = i64::try_from(at).ok()? + 1;
                    rest = &rest[3..];
                }
                Part::Day => {
                    rest = rest.strip_prefix(' ').unwrap_or(rest);
                    fields.day = digits(&mut rest, 1, 2)?;
                }
                Part::Hour => fields.seconds += 3600 * digits(&mut rest, 2, 2).filter(|&h| h < 24)?,
                Part::Minute => fields.seconds += 60 * digits(&mut rest, 2, 2).filter(|&m| m < 60)?,
                // 60 is a leap second.
                Part::Second => fields.seconds += digits(&mut rest, 2, 2).filter(|&s| s <= 60)?,
                Part::Fraction => fields.nanos = fraction(&mut rest)?,
                Part::Zone => fields.zone = Some(zone(&mut rest)?),
                Part::Unix => {
                    let length =
                        rest.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(rest.len());
                    fields.unix = Some(crate::decimal::seconds(&rest[..length])?);
                    rest = &rest[length..];
                }
            }
        }
        let time = fields.unix.or_else(|| self.time(&fields))?;
        Some((time, text.len() - rest.len()))
    }

    fn time(&self, fields: &Fields) -> Option<Timestamp> {
        let zone = fields.zone.unwrap_or(i64::from(self.offset));
        let in_year = |year: i64| {
            let days = days_from_civil(year, fields.month, fields.day)?;
            let seconds = days * 86_400 + fields.seconds - zone;
            let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(fields.nanos);
            i64::try_from(nanos).ok().map(Timestamp::from_nanos)
        };
        if let Some(year) = fields.year {
            return in_year(year);
        }
        let near = self.near?;
        // The year of a time is the four digits it begins with, from 1677 to 2262.
        let year: i64 = near.to_string().get(..4)?.parse().ok()?;
        // Eight years back: the 29th of February is in one of them, but for 1900 and 2100.
        (year - 8..=year + 1)
            .rev()
            .find_map(|year| in_year(year).filter(|&t| t <= near + Duration::from_secs(86_400)))
    }
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Option<i64> {
    let length = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    let number = rest[..length].parse().ok()?;
    *rest = &rest[length..];
    Some(number)
}

/// Nanoseconds of a fraction; digits after the ninth are cut off.
fn fraction(rest: &mut &str) -> Option<i64> {
    let Some(after) = rest.strip_prefix(['.', ',']) else { return Some(0) };
    let length = after.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Some(0);
    }
    let nanos: i64 = after[..length.min(9)].parse().ok()?;
    *rest = &after[length..];
    Some(nanos * 10i64.pow(u32::try_from(9 - length.min(9)).ok()?))
}

/// Seconds east of UTC.
fn zone(rest: &mut &str) -> Option<i64> {
    if let Some(after) = rest.strip_prefix(['Z', 'z']) {
        *rest = after;
        return Some(0);
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    *rest = rest.strip_prefix(['+', '-'])?;
    let hours = digits(rest, 2, 2).filter(|&h| h < 24)?;
    *rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = digits(rest, 2, 2).filter(|&m| m < 60)?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, counted in years that begin in March; `None` if
/// there is no such date.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + day_of_year - 719_468)
}
