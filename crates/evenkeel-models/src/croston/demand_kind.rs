//! Classification of demand.

use evenkeel_core::observed;

/// The kind of demand, by the mean interval between demands (limit 1.32 steps) and the squared coefficient of
/// variation of their sizes (limit 0.49): Syntetos, Boylan and Croston (2005,
/// doi:10.1057/palgrave.jors.2601841).
///
/// ```
/// use evenkeel_models::croston::DemandKind;
///
/// assert_eq!(DemandKind::of(&[5.0, 4.0, 5.0, 6.0]), Some(DemandKind::Smooth));
/// assert_eq!(DemandKind::of(&[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]), Some(DemandKind::Intermittent));
/// assert_eq!(DemandKind::of(&[0.0, 0.0]), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum DemandKind {
    /// Frequent and even: ordinary smoothing will do.
    Smooth,
    /// Frequent, of very different sizes.
    Erratic,
    /// Rare, of similar sizes.
    Intermittent,
    /// Rare, of very different sizes.
    Lumpy,
}

impl DemandKind {
    /// The kind of a history; `None` without any demand. Missing values, and negative ones, are left out.
    /// O(n).
    #[must_use]
    pub fn of(history: &[f64]) -> Option<Self> {
        let (mut steps, mut count, mut mean, mut squares) = (0.0, 0.0, 0.0, 0.0);
        let values = || history.iter().copied().filter_map(observed).filter(|x| *x >= 0.0);
        let largest = values().fold(0.0, |most: f64, x| most.max(x));
        for x in values() {
            steps += 1.0;
            if x > 0.0 {
                count += 1.0;
                let x = x / largest;
                let off = x - mean;
                mean += off / count;
                squares += off * (x - mean);
            }
        }
        if count == 0.0 {
            return None;
        }
        let rare = steps / count > 1.32;
        let uneven = squares / count > 0.49 * mean * mean;
        Some(match (rare, uneven) {
            (false, false) => Self::Smooth,
            (false, true) => Self::Erratic,
            (true, false) => Self::Intermittent,
            (true, true) => Self::Lumpy,
        })
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(DemandKind);
