//! Times read from text and taken from other libraries.

use crate::error::Error;
use crate::time::Timestamp;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::str::FromStr;

/// Reads [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339): `2026-03-02T01:57:30Z`, with a fraction of the second
/// and an offset from UTC where there are any; a space may stand for the `T`. Digits after the ninth of a fraction
/// are cut off, a leap second is the second after it.
///
/// ```
/// use evenkeel_core::Timestamp;
///
/// let t: Timestamp = "2026-03-02T01:57:30.5+01:00".parse()?;
/// assert_eq!(t.to_string(), "2026-03-02T00:57:30.500Z");
/// let why = "2026-02-29T00:00:00Z".parse::<Timestamp>().unwrap_err();
/// assert_eq!(why.to_string(), "line 0, column 9: a day of 2026-02, from 01 to 28, was 29");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`] with the column, if it is something else, a time without an offset among it, or a time that a
/// [`Timestamp`] can't hold.
impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut rest = Reader { text: text.as_bytes(), at: 0 };
        let year = rest.number(4, "a year of four digits", 0..=9_999)?;
        rest.one_of(b"-", "a hyphen")?;
        let month = rest.number(2, "a month, from 01 to 12", 1..=12)?;
        rest.one_of(b"-", "a hyphen")?;
        let last = days_of(year, month);
        let what = format!("a day of {year:04}-{month:02}, from 01 to {last}");
        let day = rest.number(2, &what, 1..=last)?;
        rest.one_of(b"Tt ", "a T or a space")?;
        let hour = rest.number(2, "an hour, from 00 to 23", 0..=23)?;
        rest.one_of(b":", "a colon")?;
        let minute = rest.number(2, "a minute, from 00 to 59", 0..=59)?;
        rest.one_of(b":", "a colon")?;
        let second = rest.number(2, "a second, from 00 to 60", 0..=60)?;
        let nanos = rest.fraction()?;
        let offset = rest.offset()?;
        rest.end()?;
        let seconds =
            days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
        let whole = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        i64::try_from(whole).map(Self::from_nanos).map_err(|_| {
            let what = format!("a time from {} to {}", Self::MIN, Self::MAX);
            failure(0, &what, text)
        })
    }
}

fn failure(at: usize, what: &str, was: &str) -> Error {
    let was: String = was.chars().take(40).collect();
    let was = if was.is_empty() { "the end".to_owned() } else { was };
    Error::Parse { line: 0, column: at + 1, what: format!("{what}, was {was}") }
}

/// What is left of a text.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn fail(&self, what: &str, length: usize) -> Error {
        let was = self.text.get(self.at..).unwrap_or_default();
        let was = was.get(..length).unwrap_or(was);
        failure(self.at, what, &String::from_utf8_lossy(was))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// A number of so many digits.
    fn number(
        &mut self,
        digits: usize,
        what: &str,
        allowed: core::ops::RangeInclusive<i64>,
    ) -> Result<i64, Error> {
        let found =
            self.text.get(self.at..self.at + digits).filter(|found| found.iter().all(u8::is_ascii_digit));
        let number =
            found.map(|found| found.iter().fold(0, |number, digit| 10 * number + i64::from(digit - b'0')));
        let number =
            number.filter(|number| allowed.contains(number)).ok_or_else(|| self.fail(what, digits))?;
        self.at += digits;
        Ok(number)
    }

    fn one_of(&mut self, wanted: &[u8], what: &str) -> Result<u8, Error> {
        let found = self.peek().filter(|byte| wanted.contains(byte)).ok_or_else(|| self.fail(what, 1))?;
        self.at += 1;
        Ok(found)
    }

    /// Nanoseconds, if there is a fraction.
    fn fraction(&mut self) -> Result<i64, Error> {
        if self.peek() != Some(b'.') {
            return Ok(0);
        }
        self.at += 1;
        let (mut nanos, mut unit) = (0, 100_000_000);
        let from = self.at;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            nanos += unit * i64::from(digit - b'0');
            unit /= 10;
            self.at += 1;
        }
        if self.at == from { Err(self.fail("a fraction of a second", 1)) } else { Ok(nanos) }
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Result<i64, Error> {
        let sign = match self.one_of(b"Zz+-", "Z or an offset from UTC")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let hours = self.number(2, "hours of an offset, from 00 to 23", 0..=23)?;
        self.one_of(b":", "a colon")?;
        let minutes = self.number(2, "minutes of an offset, from 00 to 59", 0..=59)?;
        Ok(sign * (hours * 3_600 + minutes * 60))
    }

    fn end(&self) -> Result<(), Error> {
        if self.at == self.text.len() { Ok(()) } else { Err(self.fail("the end", self.text.len())) }
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of a day since 1970-01-01, in years that begin in March, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + day_of_year - 719_468
}

/// Saturates where the clock of a system is set before 1677 or after 2262.
#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self::EPOCH + after,
            Err(before) => Self::EPOCH - before.duration(),
        }
    }
}

#[cfg(feature = "std")]
impl From<Timestamp> for std::time::SystemTime {
    fn from(time: Timestamp) -> Self {
        if time >= Timestamp::EPOCH {
            Self::UNIX_EPOCH + time.since(Timestamp::EPOCH)
        } else {
            Self::UNIX_EPOCH - Timestamp::EPOCH.since(time)
        }
    }
}

/// # Errors
/// If it is before 1677 or after 2262.
#[cfg(feature = "jiff")]
impl TryFrom<jiff::Timestamp> for Timestamp {
    type Error = Error;

    fn try_from(time: jiff::Timestamp) -> Result<Self, Error> {
        let nanos = i64::try_from(time.as_nanosecond());
        nanos.map(Self::from_nanos).map_err(|_| Error::parameter("time", "from 1677 to 2262", time))
    }
}

#[cfg(feature = "jiff")]
impl From<Timestamp> for jiff::Timestamp {
    fn from(time: Timestamp) -> Self {
        // Its range is that of the years -9999 to 9999.
        Self::from_nanosecond(i128::from(time.as_nanos())).unwrap_or_default()
    }
}

/// # Errors
/// If it is before 1677 or after 2262.
#[cfg(feature = "chrono")]
impl<Z: chrono::TimeZone> TryFrom<chrono::DateTime<Z>> for Timestamp {
    type Error = Error;

    fn try_from(time: chrono::DateTime<Z>) -> Result<Self, Error> {
        let nanos = time.timestamp_nanos_opt();
        nanos
            .map(Self::from_nanos)
            .ok_or_else(|| Error::parameter("time", "from 1677 to 2262", time.timestamp()))
    }
}

#[cfg(feature = "chrono")]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    fn from(time: Timestamp) -> Self {
        Self::from_timestamp_nanos(time.as_nanos())
    }
}
