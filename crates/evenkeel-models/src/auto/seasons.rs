//! The seasons of an automatic forecast: known ones and detected ones.

use evenkeel_core::Error;
use evenkeel_series::spectral::{SeasonDetection, Spectral};

/// The seasons that are used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seasons {
    /// All of them, ascending.
    pub(super) all: Vec<usize>,
    /// The one that lags are taken around; 1 for none.
    pub(super) base: usize,
}

impl Seasons {
    pub(super) fn of(
        given: Option<&[usize]>,
        known: Option<usize>,
        history: &[f64],
        remarks: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let (mut all, mut strongest) = (Vec::new(), None);
        match given {
            Some(given) => all.extend(given),
            None => {
                let mut left = 1.0;
                let mut most = 0.0;
                for found in SeasonDetection::new().fit(&mut Spectral::new(), history)? {
                    let share = left * found.strength();
                    left -= share;
                    if share > most {
                        (most, strongest) = (share, Some(found.period()));
                    }
                    let percent = 100.0 * found.strength();
                    remarks.push(format!(
                        "a season of {} was found, of strength {percent:.0} %",
                        found.period()
                    ));
                    all.push(found.period());
                }
            }
        }
        all.extend(known);
        all.sort_unstable();
        all.dedup();
        let given = all.len();
        all.retain(|season| 2 * season < history.len());
        if all.len() < given {
            remarks.push(format!(
                "seasons that do not fit twice into the history were left out: {}",
                given - all.len()
            ));
        }
        let wanted = known.or(strongest).filter(|season| all.contains(season));
        let base = wanted.or(all.first().copied()).unwrap_or(1);
        Ok(Self { all, base })
    }

    /// The longest; 1 for none.
    pub(super) fn longest(&self) -> usize {
        self.all.last().copied().unwrap_or(1)
    }
}
