//! A detector of the library as a program.

use crate::detectors::{Entry, Live, Setting};
use crate::{Failure, read};
use std::io::BufRead;

/// Answers each line with a score. What is on the first line says how many columns there are.
pub(super) fn rows(
    entry: &Entry,
    setting: &Setting,
    input: &mut dyn BufRead,
    print: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut live: Option<(Live, usize)> = None;
    let (mut line, mut row, mut count) = (String::new(), Vec::new(), 0_u64);
    loop {
        line.clear();
        let wrong = |why: &dyn std::fmt::Display| Failure::new(format!("row {}: {why}", count + 1));
        if input.read_line(&mut line).map_err(|why| wrong(&why))? == 0 {
            return Ok(());
        }
        row.clear();
        for field in line.trim().split(',').map(str::trim) {
            row.push(read::number(field).ok_or_else(|| wrong(&format!("{field:?} is no number")))?);
        }
        let (live, columns) = match &mut live {
            Some(live) => live,
            none => none.insert((Live::new(entry, setting, row.len())?, row.len())),
        };
        if row.len() != *columns {
            return Err(wrong(&format!("{} values after rows of {columns}", row.len())));
        }
        print(&format!("{}\n", live.score(&row)?))?;
        count += 1;
    }
}
