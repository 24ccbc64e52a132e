//! A sliding history of many metrics on one time grid.

use core::time::Duration;
use evenkeel_core::{Error, Timestamp, observed};

/// The recent past of many columns on one grid of time: what a [`Case`](crate::Case) is made of while
/// telemetry comes in.
///
/// Columns are rings of equal length; the newest row is the same for all, and a cell without a value is
/// missing (NaN). A value goes where its time says. One for a row that is already gone is
/// [counted](Self::late) and dropped.
///
/// *Cost*: putting a value O(1), and O(rows skipped) after a pause of its column; going on to another row
/// O(1), whatever the number of columns. *Memory*: 8 bytes a cell and 16 a column.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::History;
///
/// let at = Timestamp::from_seconds;
/// let mut history = History::new(Duration::from_secs(10), 3)?;
/// let cpu = history.add();
/// for (second, value) in [(0, 0.2), (10, 0.3), (34, 0.4)] {
///     history.put(cpu, at(second), value);
/// }
/// history.settle();
/// let (older, newer) = history.column(cpu);
/// let values: Vec<f64> = older.iter().chain(newer).copied().collect();
/// assert_eq!((values[0], values[2], history.start()), (0.3, 0.4, at(10)));
/// assert!(values[1].is_nan());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct History {
    step: Duration,
    rows: usize,
    /// The time of row 0; that of the first thing seen.
    origin: Option<Timestamp>,
    /// The newest row, counted from the origin.
    newest: u64,
    columns: Vec<Column>,
    late: u64,
    /// The row of the time that was asked about last, for many values share one.
    last: Option<(Timestamp, u64)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    cells: Box<[f64]>,
    /// The newest row that was written; those after it up to the newest of all are missing.
    newest: u64,
}

impl Column {
    /// Forgets the rows after its newest, up to this one.
    fn go_on(&mut self, row: u64) {
        let rows = self.cells.len() as u64;
        let new = row.saturating_sub(self.newest).min(rows);
        for i in 0..new {
            self.cells[((row - i) % rows) as usize] = f64::NAN;
        }
        self.newest = self.newest.max(row);
    }
}

impl History {
    /// An empty one: the time from row to row, and how many rows are kept.
    ///
    /// # Errors
    /// If `step` is not from 1 ms to 366 days, or `rows` not from 1 to 1,000,000.
    pub fn new(step: Duration, rows: usize) -> Result<Self, Error> {
        let (least, most) = (Duration::from_millis(1), Duration::from_secs(366 * 86_400));
        Error::require(
            (least..=most).contains(&step),
            "step",
            "from 1 ms to 366 days",
            format_args!("{step:?}"),
        )?;
        Error::require((1..=1_000_000).contains(&rows), "rows", "from 1 to 1,000,000", rows)?;
        Ok(Self { step, rows, origin: None, newest: 0, columns: Vec::new(), late: 0, last: None })
    }

    /// One column more; its past is missing. Its place.
    pub fn add(&mut self) -> usize {
        let cells = vec![f64::NAN; self.rows].into_boxed_slice();
        self.columns.push(Column { cells, newest: self.newest });
        self.columns.len() - 1
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// How many rows are kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The time from row to row.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.step
    }

    /// From when on anything can be known: the time of the oldest row, or of the first thing seen, whichever
    /// is later.
    #[must_use]
    pub fn known_from(&self) -> Timestamp {
        self.origin.map_or(Timestamp::MAX, |origin| origin.max(self.start()))
    }

    /// How many values came for rows already gone.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Goes on to the row of a time; rows that are skipped are missing.
    pub fn advance(&mut self, now: Timestamp) {
        self.newest = self.row(now).max(self.newest);
    }

    /// Puts a value where its time says; of a cell the last one counts, and one that is not
    /// [observed](evenkeel_core::observed) is missing.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn put(&mut self, column: usize, at: Timestamp, value: f64) {
        if let Some(cell) = self.cell(column, at) {
            *cell = observed(value).unwrap_or(f64::NAN);
        }
    }

    /// Adds to what is in a cell: for counts.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn increase(&mut self, column: usize, at: Timestamp, by: f64) {
        if let Some(cell) = self.cell(column, at) {
            *cell = if cell.is_nan() { by } else { *cell + by };
        }
    }

    fn cell(&mut self, column: usize, at: Timestamp) -> Option<&mut f64> {
        let row = self.row(at);
        self.newest = self.newest.max(row);
        if self.newest - row >= self.rows as u64 {
            self.late = self.late.saturating_add(1);
            return None;
        }
        let column = &mut self.columns[column];
        column.go_on(row);
        Some(&mut column.cells[(row % self.rows as u64) as usize])
    }

    /// Brings all columns to the newest row, so that [`column`](Self::column) can be read. O(columns), and
    /// O(1) for each row that a column lacks.
    pub fn settle(&mut self) {
        for column in &mut self.columns {
            column.go_on(self.newest);
        }
    }

    /// A column in two pieces, the older first: see [`Metric::ring`](crate::Metric::ring). To be read after
    /// [`settle`](Self::settle).
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn column(&self, column: usize) -> (&[f64], &[f64]) {
        let column = &self.columns[column];
        debug_assert_eq!(column.newest, self.newest, "settled");
        let (newer, older) = column.cells.split_at(((self.newest + 1) % self.rows as u64) as usize);
        (older, newer)
    }

    /// The sums of the cells of two columns, from the oldest row to the newest; missing where either is. Need
    /// not be settled.
    ///
    /// # Panics
    /// If there are no such columns.
    #[must_use]
    pub fn sums(&self, a: usize, b: usize) -> impl DoubleEndedIterator<Item = f64> + Clone + '_ {
        let newest = self.newest;
        let ages = (0..self.rows as u64).rev();
        ages.map(move |age| if age > newest { f64::NAN } else { self.aged(a, age) + self.aged(b, age) })
    }

    /// The cells of a column, from the oldest row to the newest. Need not be settled, unlike
    /// [`column`](Self::column).
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn cells(&self, column: usize) -> impl DoubleEndedIterator<Item = f64> + Clone + '_ {
        let newest = self.newest;
        let ages = (0..self.rows as u64).rev();
        ages.map(move |age| if age > newest { f64::NAN } else { self.aged(column, age) })
    }

    /// The cell so many rows before the newest, at most as many as there are.
    fn aged(&self, column: usize, age: u64) -> f64 {
        let column = &self.columns[column];
        // What lies after the newest that was written is missing.
        if self.newest - age > column.newest {
            f64::NAN
        } else {
            column.cells[((self.newest - age) % self.rows as u64) as usize]
        }
    }

    /// The time of the oldest row.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        let origin = self.origin.unwrap_or_default();
        let nanos = self.step.as_nanos() as i128 * (i128::from(self.newest) - self.rows as i128 + 1);
        let start = (i128::from(origin.as_nanos()) + nanos).clamp(i64::MIN.into(), i64::MAX.into());
        Timestamp::from_nanos(i64::try_from(start).unwrap_or(i64::MIN))
    }

    /// The time of a row, counted from the oldest.
    #[must_use]
    pub fn time(&self, row: usize) -> Timestamp {
        self.start() + self.step.saturating_mul(u32::try_from(row).unwrap_or(u32::MAX))
    }

    /// Forgets all values and times; the columns stay.
    pub fn clear(&mut self) {
        (self.origin, self.newest, self.last) = (None, 0, None);
        for column in &mut self.columns {
            column.cells.fill(f64::NAN);
            column.newest = 0;
        }
    }

    /// The row of a time, never before the origin.
    fn row(&mut self, at: Timestamp) -> u64 {
        if let Some((_, row)) = self.last.filter(|(time, _)| *time == at) {
            return row;
        }
        let origin = *self.origin.get_or_insert(at);
        let rows = at.since(origin).as_nanos() / self.step.as_nanos();
        let row = u64::try_from(rows).unwrap_or(u64::MAX - 1);
        self.last = Some((at, row));
        row
    }
}

/// What a snapshot holds: columns from the oldest cell to the newest.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts {
    step: Duration,
    rows: usize,
    origin: Option<Timestamp>,
    newest: u64,
    #[serde(with = "evenkeel_core::exact")]
    columns: Vec<Vec<f64>>,
    late: u64,
}

#[cfg(feature = "serde")]
impl From<History> for Parts {
    fn from(mut history: History) -> Self {
        history.settle();
        let column = |i: usize| {
            let (older, newer) = history.column(i);
            older.iter().chain(newer).copied().collect()
        };
        let columns = (0..history.columns()).map(column).collect();
        let History { step, rows, origin, newest, late, .. } = history;
        Self { step, rows, origin, newest, columns, late }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for History {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let mut history = Self::new(parts.step, parts.rows)?;
        (history.origin, history.newest, history.late) = (parts.origin, parts.newest, parts.late);
        // The oldest row lies right after the newest in the ring.
        let first = parts.newest.wrapping_add(1) % parts.rows as u64;
        for values in parts.columns {
            Error::require(values.len() == parts.rows, "columns", "as long as there are rows", values.len())?;
            let column = history.add();
            for (i, value) in (0_u64..).zip(values) {
                let cell = (first + i) % parts.rows as u64;
                history.columns[column].cells[cell as usize] = observed(value).unwrap_or(f64::NAN);
            }
        }
        Ok(history)
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for History {
    fn schema() -> String {
        "History@1".into()
    }
}
