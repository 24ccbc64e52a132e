//! Queries: what gives each number of a digest again.

use crate::digest::column_facts::{
    added, changes, season, seconds, shifts, signed_seconds, stretches, values,
};
use crate::quantity::digits;
use crate::timeline::Timeline;
use core::fmt;
use core::str::FromStr;
use evenkeel_core::{Error, Timestamp};
use evenkeel_locate::{Case, Fusion};

/// A question to a slice of telemetry, with one number as its answer. Every number of a [`Digest`](crate::Digest) stands
/// behind the query that gives it: `before(s3)=0.41`.
///
/// Its `Display` is parsed again by [`FromStr`]. Series are counted from 1 in the order of
/// [`Case::metrics`], as `s1`, `s2`, …; inside they are counted from 0.
///
/// | query | answer |
/// | --- | --- |
/// | `series()`, `rows()`, `step()`, `start()`, `stated()` | of the slice: how many series and rows, seconds from row to row, when it begins, the stated time |
/// | `before(s1)`, `after(s1)` | the median before the stated time; the 75 % quantile after it, if the series fell the 25 % quantile |
/// | `scales(s1)`, `score(s1)` | how far these are apart, in robust standard deviations; the [score](evenkeel_locate::MetricShift) of that |
/// | `added(s1)` | the share of the extra time, or failures, of requests that the component of the series adds by itself and not by what it calls, by the [excess flow](evenkeel_locate::ExcessFlow); where that is more than chance and a tenth |
/// | `change(s1,1)` | the time of a change point, counted from 1 |
/// | `level(s1,0)` | the median between change points: before the first one 0, after it 1, and so on |
/// | `season(s1)`, `strength(s1)` | the strongest season, in seconds, and its strength |
/// | `abnormal(s1,1)`, `until(s1,1)`, `p(s1,1)` | the first and the last abnormal value of a stretch, counted from 1, and its p-value |
/// | `probability(1)` | of the diagnosis by the default [`Fusion`]: the probability of a cause, counted from 1 |
/// | `entry(1)` | the time of an entry of the timeline, counted from 1 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Query {
    /// How many series there are.
    Series,
    /// How many rows there are.
    Rows,
    /// How far rows are apart.
    Step,
    /// When the slice begins.
    Start,
    /// The stated time.
    Stated,
    /// The median of a series before the stated time.
    Before(usize),
    /// The quantile of a series after the stated time.
    After(usize),
    /// How far a series moved, in robust standard deviations.
    Scales(usize),
    /// The score of that.
    Score(usize),
    /// The share of the extra time, or failures, of requests that the component of a series adds by itself.
    Added(usize),
    /// The time of a change point of a series, counted from 1.
    Change(usize, usize),
    /// The median between two change points of a series, from 0.
    Level(usize, usize),
    /// The strongest season of a series.
    Season(usize),
    /// The strength of that season.
    Strength(usize),
    /// The first value of an abnormal stretch of a series, counted from 1.
    Abnormal(usize, usize),
    /// The last value of it.
    Until(usize, usize),
    /// Its p-value.
    P(usize, usize),
    /// The probability of a cause, counted from 1.
    Probability(usize),
    /// The time of an entry of the timeline, counted from 1.
    Entry(usize),
}

/// The answer to a query; its `Display` is what stands in a digest.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// How many.
    Count(usize),
    /// A number in the unit of the series, or in seconds; four significant digits are shown.
    Number(f64),
    /// Seconds after the start of the slice; as many decimals as are needed are shown, at most three.
    After(f64),
    /// A time.
    Time(Timestamp),
    /// A probability or a p-value; two significant digits are shown.
    Probability(f64),
    /// There is none.
    None,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(n) => write!(f, "{n}"),
            Self::Number(x) => f.write_str(&digits(*x, 4)),
            Self::After(seconds) => {
                let text = format!("{seconds:+.3}");
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Time(time) => write!(f, "{time}"),
            Self::Probability(p) => f.write_str(&digits(*p, 2)),
            Self::None => f.write_str("none"),
        }
    }
}

impl Query {
    /// The answer. What the slice does not have (a series, a change point, a cause) is [`Answer::None`].
    ///
    /// O(rows) for the shift of a series, of all series of the case; O(rows log rows) for a season; that of
    /// [`Segmentation`](evenkeel_series::Segmentation) for change points, and of a fast
    /// [`Monitor`](evenkeel_detect::Monitor) for stretches.
    #[must_use]
    pub fn answer(&self, case: &Case<'_>, timeline: &Timeline) -> Answer {
        self.find(case, timeline).unwrap_or(Answer::None)
    }

    fn find(&self, case: &Case<'_>, timeline: &Timeline) -> Option<Answer> {
        let column = |series: usize| values(case, series);
        let shift = |series: usize| shifts(case).get(series).copied().flatten();
        let at = |row: usize| Answer::After(seconds(case, row));
        let stretch =
            |series: usize, i: usize| stretches(case, &column(series)?).get(i.checked_sub(1)?).copied();
        Some(match *self {
            Self::Series => Answer::Count(case.metrics().len()),
            Self::Rows => Answer::Count(case.rows()),
            Self::Step => Answer::Number(case.step().as_secs_f64()),
            Self::Start => Answer::Time(case.start()),
            Self::Stated => Answer::After(signed_seconds(case.start(), case.stated())),
            Self::Before(series) => Answer::Number(shift(series)?.expected),
            Self::After(series) => Answer::Number(shift(series)?.observed),
            Self::Scales(series) => Answer::Number(shift(series)?.scales),
            Self::Score(series) => Answer::Number(shift(series)?.score),
            Self::Added(series) => Answer::Number(added(case).get(series).copied().flatten()?),
            Self::Change(series, i) => at(*changes(&column(series)?).0.get(i.checked_sub(1)?)?),
            Self::Level(series, i) => Answer::Number(*changes(&column(series)?).1.get(i)?),
            Self::Season(series) => {
                let (period, _) = season(&column(series)?)?;
                Answer::Number(period as f64 * case.step().as_secs_f64())
            }
            Self::Strength(series) => Answer::Number(season(&column(series)?)?.1),
            Self::Abnormal(series, i) => at(stretch(series, i)?.first),
            Self::Until(series, i) => at(stretch(series, i)?.last),
            Self::P(series, i) => Answer::Probability(stretch(series, i)?.p),
            Self::Probability(i) => {
                let diagnosis = Fusion::default().diagnose(case)?;
                Answer::Probability(diagnosis.causes().get(i.checked_sub(1)?)?.probability())
            }
            Self::Entry(i) => {
                let entry = timeline.entries().get(i.checked_sub(1)?)?;
                Answer::After(signed_seconds(case.start(), entry.at))
            }
        })
    }

    /// The name, the series and the number in it.
    fn parts(&self) -> (&'static str, Option<usize>, Option<usize>) {
        match *self {
            Self::Series => ("series", None, None),
            Self::Rows => ("rows", None, None),
            Self::Step => ("step", None, None),
            Self::Start => ("start", None, None),
            Self::Stated => ("stated", None, None),
            Self::Before(s) => ("before", Some(s), None),
            Self::After(s) => ("after", Some(s), None),
            Self::Scales(s) => ("scales", Some(s), None),
            Self::Score(s) => ("score", Some(s), None),
            Self::Added(s) => ("added", Some(s), None),
            Self::Change(s, i) => ("change", Some(s), Some(i)),
            Self::Level(s, i) => ("level", Some(s), Some(i)),
            Self::Season(s) => ("season", Some(s), None),
            Self::Strength(s) => ("strength", Some(s), None),
            Self::Abnormal(s, i) => ("abnormal", Some(s), Some(i)),
            Self::Until(s, i) => ("until", Some(s), Some(i)),
            Self::P(s, i) => ("p", Some(s), Some(i)),
            Self::Probability(i) => ("probability", None, Some(i)),
            Self::Entry(i) => ("entry", None, Some(i)),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, Some(series), Some(i)) => write!(f, "{name}(s{},{i})", series.saturating_add(1)),
            (name, Some(series), None) => write!(f, "{name}(s{})", series.saturating_add(1)),
            (name, None, Some(i)) => write!(f, "{name}({i})"),
            (name, None, None) => write!(f, "{name}()"),
        }
    }
}

impl FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse =
            |what: &str, column: usize| Error::Parse { line: 1, column: column + 1, what: what.into() };
        let (name, rest) = text.split_once('(').ok_or_else(|| refuse("no `(`", text.len()))?;
        let inside = rest.strip_suffix(')').ok_or_else(|| refuse("no `)` at the end", text.len()))?;
        let place = name.len() + 1;
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let number = text.parse::<usize>().ok().filter(|_| is_plain);
            number.ok_or_else(|| refuse("not a number", place))
        };
        let series = |text: &str| {
            let digits = text.strip_prefix('s').ok_or_else(|| refuse("not a series, like s1", place))?;
            number(digits)?.checked_sub(1).ok_or_else(|| refuse("series are counted from 1", place))
        };
        let alone = || -> Result<(), Error> {
            if inside.is_empty() { Ok(()) } else { Err(refuse("nothing may stand in the brackets", place)) }
        };
        let pair = || -> Result<(usize, usize), Error> {
            let (s, i) =
                inside.split_once(',').ok_or_else(|| refuse("needs a series and a number", place))?;
            Ok((series(s)?, number(i)?))
        };
        let of_pair = |make: fn(usize, usize) -> Self| pair().map(|(s, i)| make(s, i));
        match name {
            "series" => alone().map(|()| Self::Series),
            "rows" => alone().map(|()| Self::Rows),
            "step" => alone().map(|()| Self::Step),
            "start" => alone().map(|()| Self::Start),
            "stated" => alone().map(|()| Self::Stated),
            "before" => series(inside).map(Self::Before),
            "after" => series(inside).map(Self::After),
            "scales" => series(inside).map(Self::Scales),
            "score" => series(inside).map(Self::Score),
            "added" => series(inside).map(Self::Added),
            "change" => of_pair(Self::Change),
            "level" => of_pair(Self::Level),
            "season" => series(inside).map(Self::Season),
            "strength" => series(inside).map(Self::Strength),
            "abnormal" => of_pair(Self::Abnormal),
            "until" => of_pair(Self::Until),
            "p" => of_pair(Self::P),
            "probability" => number(inside).map(Self::Probability),
            "entry" => number(inside).map(Self::Entry),
            _ => Err(refuse("no such query", 0)),
        }
    }
}
