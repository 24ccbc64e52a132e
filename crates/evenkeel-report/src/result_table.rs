//! A table of results.

use crate::drawing::{Drawing, MARGIN, possible_width};
use crate::element::{label, line, rectangle};
use crate::quantity::significant;
use crate::text_layout;
use evenkeel_core::{Error, observed};

/// Which results of a column are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Better {
    /// The higher the better.
    Higher,
    /// The lower the better.
    Lower,
    /// Neither: a count, a size.
    Neither,
}

/// Results of several methods as a table: a row a method, a column a measure, a bar behind each number, and the best of
/// a column in bold with a star. On a phone each method is a block of its own.
///
/// Numbers have three significant digits; the best is found before rounding, and equal ones are all best. A result that
/// is missing (NaN) is a dash.
///
/// ```
/// use evenkeel_report::{Better, ResultTable};
///
/// let table = ResultTable::new("localizers", [("AC@1", Better::Higher), ("seconds", Better::Lower)])
///     .row("evenkeel", [0.93, 0.002])?
///     .row("n-sigma", [0.61, 0.001])?;
/// assert!(table.draw(600).description().contains("evenkeel: AC@1 0.93 (best)"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct ResultTable {
    title: String,
    columns: Vec<(String, Better)>,
    rows: Vec<(String, Vec<f64>)>,
}

const ROW: f64 = 24.0;
/// The least width of a column with its bar, in pixels.
const COLUMN: f64 = 84.0;

impl ResultTable {
    /// A table with these columns.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        columns: impl IntoIterator<Item = (S, Better)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, better)| (name.into(), better)).collect();
        Self { title: title.into(), columns, rows: Vec::new() }
    }

    /// A method and its results, one a column; NaN for one that is missing.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one for each column.
    pub fn row(
        mut self,
        method: impl Into<String>,
        results: impl IntoIterator<Item = f64>,
    ) -> Result<Self, Error> {
        let results: Vec<f64> = results.into_iter().collect();
        if results.len() != self.columns.len() {
            return Err(Error::Shape {
                what: "row of results",
                expected: self.columns.len(),
                found: results.len(),
            });
        }
        self.rows.push((method.into(), results));
        Ok(self)
    }

    /// The best result of a column, where one of several is better than another.
    fn best(&self, column: usize) -> Option<f64> {
        let results = || self.rows.iter().filter_map(|(_, results)| observed(results[column]));
        let fold = match self.columns[column].1 {
            Better::Higher => f64::max,
            Better::Lower => f64::min,
            Better::Neither => return None,
        };
        let best = results().reduce(fold)?;
        results().any(|x| x != best).then_some(best)
    }

    fn is_best(&self, column: usize, result: f64) -> bool {
        self.best(column) == Some(result)
    }

    /// How long the bar of a result is, as a share of the longest; 0 where a result is negative or missing.
    fn share(&self, column: usize, result: f64) -> f64 {
        let largest = self.rows.iter().filter_map(|(_, r)| observed(r[column])).fold(0.0, f64::max);
        if largest > 0.0 { observed(result).map_or(0.0, |x| (x / largest).max(0.0)) } else { 0.0 }
    }

    fn text(&self, column: usize, result: f64) -> String {
        let star = if self.is_best(column, result) { " ★" } else { "" };
        observed(result).map_or("–".into(), |x| significant(x) + star)
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let names = self.rows.iter().map(|(name, _)| text_layout::width(name, 12.5)).fold(60.0, f64::max);
        let names = names.min(0.4 * width) + 12.0;
        let room = width - 2.0 * MARGIN - names;
        let each = room / self.columns.len().max(1) as f64;
        if each < COLUMN { self.draw_blocks(width) } else { self.draw_rows(width, names, each) }
    }

    fn draw_rows(&self, width: f64, names: f64, each: f64) -> Drawing {
        let mut elements = Vec::new();
        let mut y = if self.title.is_empty() { 8.0 } else { 34.0 };
        let right = |column: usize| MARGIN + names + each * (column as f64 + 1.0);
        for (column, (name, better)) in self.columns.iter().enumerate() {
            let arrow = match better {
                Better::Higher => " ↑",
                Better::Lower => " ↓",
                Better::Neither => "",
            };
            let short = text_layout::cut(&format!("{name}{arrow}"), 11.0, each - 8.0);
            elements.push(label(right(column), y + 12.0, "ek-small ek-end", short));
        }
        y += ROW - 4.0;
        elements.push(line((MARGIN, y), (width - MARGIN, y), "ek-axis"));
        for (name, results) in &self.rows {
            let short = text_layout::cut(name, 12.0, names - 8.0);
            elements.push(label(MARGIN, y + 16.0, "ek-text", short));
            for (column, result) in results.iter().enumerate() {
                let room = each - 12.0;
                let long = room * self.share(column, *result);
                elements.push(rectangle((right(column) - long, y + ROW - 5.0), (long, 3.0), "ek-bar"));
                let class = if self.is_best(column, *result) { "ek-strong ek-end" } else { "ek-end" };
                elements.push(label(right(column), y + 16.0, class, self.text(column, *result)));
            }
            y += ROW;
            elements.push(line((MARGIN, y), (width - MARGIN, y), "ek-grid"));
        }
        Drawing::new(&self.title, self.describe(), (width, y + 8.0), elements)
    }

    fn draw_blocks(&self, width: f64) -> Drawing {
        let mut elements = Vec::new();
        let mut y = if self.title.is_empty() { 8.0 } else { 34.0 };
        for (name, results) in &self.rows {
            let short = text_layout::cut(name, 12.5, width - 2.0 * MARGIN);
            elements.push(label(MARGIN, y + 14.0, "ek-strong", short));
            y += 20.0;
            for (column, result) in results.iter().enumerate() {
                let short = text_layout::cut(&self.columns[column].0, 11.0, 0.6 * width);
                elements.push(label(2.0 * MARGIN, y + 12.0, "ek-small", short));
                let class = if self.is_best(column, *result) { "ek-strong ek-end" } else { "ek-end" };
                elements.push(label(width - MARGIN, y + 12.0, class, self.text(column, *result)));
                let room = width - 3.0 * MARGIN;
                let long = room * self.share(column, *result);
                elements.push(rectangle((2.0 * MARGIN, y + 16.0), (long, 2.0), "ek-bar"));
                y += 20.0;
            }
            y += 8.0;
        }
        Drawing::new(&self.title, self.describe(), (width, y + 4.0), elements)
    }

    fn describe(&self) -> String {
        let mut rows = Vec::new();
        for (name, results) in &self.rows {
            let cells = results.iter().enumerate().map(|(column, result)| {
                let best = if self.is_best(column, *result) { " (best)" } else { "" };
                let number = observed(*result).map_or("missing".into(), significant);
                format!("{} {number}{best}", self.columns[column].0)
            });
            rows.push(format!("{name}: {}", cells.collect::<Vec<_>>().join(", ")));
        }
        format!("{} methods. {}.", self.rows.len(), rows.join("; "))
    }
}
