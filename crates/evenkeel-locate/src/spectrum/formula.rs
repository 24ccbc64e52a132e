//! Suspicion from counts of failed and fine runs.

/// In how many runs an element took part, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Spectrum {
    /// Failed runs with it (ef).
    pub failed_with: u64,
    /// Fine runs with it (ep).
    pub fine_with: u64,
    /// Failed runs without it (nf).
    pub failed_without: u64,
    /// Fine runs without it (np).
    pub fine_without: u64,
}

/// A formula that makes a suspicion of a [`Spectrum`]: the larger, the more suspicious. Scales differ between
/// formulas. A quotient by zero counts 0, but for [`DStar`](Self::DStar), which is infinite for an
/// element that took part in all failed runs and in no fine one.
///
/// With e = failed with, p = fine with, F = all failed, P = all fine:
///
/// | | formula | range | source |
/// | --- | --- | --- | --- |
/// | `Ochiai` | e / sqrt(F (e + p)) | 0 to 1 | R. Abreu, P. Zoeteweij, A. van Gemund, 2007, doi:10.1109/TAIC.PART.2007.13 |
/// | `Tarantula` | (e/F) / (e/F + p/P) | 0 to 1 | J. Jones, M. Harrold, 2005, doi:10.1145/1101908.1101949 |
/// | `DStar(k)` | e^k / (p + F - e) | from 0 | W. Wong, V. Debroy, R. Gao, Y. Li, 2014, doi:10.1109/TR.2013.2285319 |
/// | `Jaccard` | e / (F + p) | 0 to 1 | M. Chen et al., 2002, doi:10.1109/DSN.2002.1029005 |
/// | `Op2` | e - p / (P + 1) | -1 to F | L. Naish, H. Lee, K. Ramamohanarao, 2011, doi:10.1145/2000791.2000795 |
/// | `Barinel` | 1 - p / (p + e) | 0 to 1 | R. Abreu, P. Zoeteweij, A. van Gemund, 2009, doi:10.1109/ASE.2009.25 |
/// | `Kulczynski2` | (e/F + e/(e + p)) / 2 | 0 to 1 | L. Naish et al., as above |
/// | `TraceRcaF` | harmonic mean of e/F and e/(e + p) | 0 to 1 | Z. Li et al. (TraceRCA), 2021, doi:10.1109/IWQOS52092.2021.9521340 |
///
/// ```
/// use evenkeel_locate::spectrum::{Spectrum, SpectrumFormula};
///
/// let spectrum = Spectrum::new(9, 1, 1, 89);
/// assert_eq!(SpectrumFormula::Ochiai.score(&spectrum), 0.9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SpectrumFormula {
    /// The cosine of being there and failing; the default, good with few failures.
    #[default]
    Ochiai,
    /// The failure rate with it, normalized.
    Tarantula,
    /// With this exponent, 2 as its authors advise.
    DStar(u32),
    /// The overlap of being there and failing.
    Jaccard,
    /// Optimal where there is exactly one fault and each failure is due to it.
    Op2,
    /// How often it fails when it is there.
    Barinel,
    /// The mean of recall and precision.
    Kulczynski2,
    /// The F measure of recall and precision.
    TraceRcaF,
}

impl Spectrum {
    /// From ef, ep, nf and np, as publications have them.
    #[must_use]
    pub const fn new(failed_with: u64, fine_with: u64, failed_without: u64, fine_without: u64) -> Self {
        Self { failed_with, fine_with, failed_without, fine_without }
    }
}

impl SpectrumFormula {
    /// The suspicion.
    #[must_use]
    pub fn score(self, spectrum: &Spectrum) -> f64 {
        let [e, p, nf, np] = [
            spectrum.failed_with as f64,
            spectrum.fine_with as f64,
            spectrum.failed_without as f64,
            spectrum.fine_without as f64,
        ];
        let (failed, fine) = (e + nf, p + np);
        let (recall, precision) = (quotient(e, failed), quotient(e, e + p));
        match self {
            Self::Ochiai => quotient(e, libm::sqrt(failed * (e + p))),
            Self::Tarantula => quotient(recall, recall + quotient(p, fine)),
            Self::DStar(_) if p + nf == 0.0 => {
                if e > 0.0 {
                    f64::INFINITY
                } else {
                    0.0
                }
            }
            Self::DStar(k) => libm::pow(e, f64::from(k)) / (p + nf),
            Self::Jaccard => quotient(e, failed + p),
            Self::Op2 => e - p / (fine + 1.0),
            Self::Barinel if e + p == 0.0 => 0.0,
            Self::Barinel => 1.0 - p / (p + e),
            Self::Kulczynski2 => 0.5 * (recall + precision),
            Self::TraceRcaF => quotient(2.0 * recall * precision, recall + precision),
        }
    }
}

fn quotient(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}
