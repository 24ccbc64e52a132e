//! Group outliers: a member unlike the others of its group.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, Score, Stage, observed, observed_slice};

/// Notices which one of a group, say of a hundred replicas, differs from the others now: no history is
/// needed, and what happens to all of them does not count.
///
/// *When*: members that should do alike: replicas behind one balancer, disks of an array. Not for members of
/// different size or duty, unless each is first brought to its own scale.
///
/// *Method*: each member is smoothed exponentially. How far out it is says the modified z of B. Iglewicz, D.
/// C. Hoaglin, How to detect and handle outliers (ASQC, 1993): the distance from the group's median in median
/// absolute deviations × 1.4826 (F. R. Hampel 1974, doi:10.1080/01621459.1974.10482962), or, where more than
/// half agree and that is 0, in mean absolute deviations × 1.2533 of the *other* members. In a group of few,
/// a modified z far above the usual 3.5 is nothing unusual (of five normal members one in a hundred has 9, of
/// three one has 37), so the score is the deviate z that a normal variable exceeds as often as a modified z m
/// of normal members of a group of n: z = b √(ν ln(1 + m² / (a² ν))), ν = ⌊n / 2⌋, in which a and b are
/// fitted for each n to 4 to 14 million simulated values (right to 0.02 for z from 2 to 3.9, and the power of
/// the tail is exact). For large groups z = m. The calibration is ours.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `members` | 3 to 100,000 | – | the coordinates of a row |
/// | `span` | 1 to 1,000,000 rows | 10 | the weight of the newest value is 2 / (span + 1): one hiccup is not a difference |
/// | `floor` | ≥ 0, in the unit of the data | 0 | the spread counts as at least this: what is too small to matter; where values are rounded, the step, as a member that differs from others that all agree has the highest score |
///
/// *Score*: that of the member that is farthest out: 0 = all alike; a member of a normal group is beyond 3 in
/// one row of 370, beyond 3.5 in one of 2,150, whatever the size of the group, and the group as many times as
/// often as it has members. Direction above or below the others; dimension the member.
/// [`scores`](Self::scores) gives all. Nearly half of a group may be out: the others are found all the same.
/// But among three there is little to compare with: the outlier has to be 1,300 times as far from the nearest
/// as that is from the third to be beyond 3.5, among five 65 times.
///
/// *Missing data*: a member without a value stays as it was, for up to three spans of rows; then it is not
/// counted until it comes again. Nothing is said while fewer than three count. A row without any, or of the
/// wrong length, is ignored.
///
/// *Cost*: O(`members`): two medians, and a logarithm and a root a member. *State*: 40 `members` bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::multivariate::GroupOutlier;
///
/// let mut group = GroupOutlier::builder(5).span(3).build()?;
/// let mut score = None;
/// for t in 0..20 {
///     let load = f64::from(t * t); // the same for all
///     score = group.update(&[load, load + 1.0, load + 2.0, load - 30.0, load - 1.0]);
/// }
/// let score = score.unwrap();
/// assert_eq!((score.dimension(), score.direction()), (Some(3), Direction::Down));
/// assert!(score.value() > 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GroupOutlier {
    settings: GroupOutlierBuilder,
    smoothed: Vec<f64>,
    /// Rows since each member had a value; none yet: the largest number.
    ages: Vec<u32>,
    scores: Vec<f64>,
    scratch: Scratch,
}

/// Settings of a [`GroupOutlier`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct GroupOutlierBuilder {
    members: usize,
    span: u32,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    floor: f64,
}

/// Room to sort in, not a part of the state.
#[derive(Debug, Clone)]
struct Scratch(Vec<f64>);

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

const NEVER: u32 = u32::MAX;
const MEDIAN_TO_SD: f64 = 1.482_602_218_505_602;
const MEAN_TO_SD: f64 = 1.253_314_137_315_500_1;
/// The largest modified z, where all others agree.
const FARTHEST: f64 = 1e150;
/// a and b of groups of 3, 4, ..., 20.
const CALIBRATION: [(f64, f64); 18] = [
    (0.903, 0.949),
    (0.861, 0.947),
    (0.972, 0.943),
    (0.932, 0.939),
    (0.940, 0.927),
    (0.925, 0.924),
    (0.936, 0.922),
    (0.904, 0.909),
    (0.925, 0.914),
    (0.902, 0.904),
    (0.913, 0.907),
    (0.905, 0.903),
    (0.907, 0.902),
    (0.897, 0.896),
    (0.905, 0.901),
    (0.897, 0.896),
    (0.901, 0.899),
    (0.894, 0.894),
];

/// From a modified z to the deviate that is as rare, for a group of a size.
struct Calibration {
    nu: f64,
    a: f64,
    b: f64,
}

impl Calibration {
    fn new(members: usize) -> Self {
        let beyond = 0.85 + 0.8 / members as f64;
        let (a, b) = CALIBRATION.get(members.saturating_sub(3)).copied().unwrap_or((beyond, beyond));
        Self { nu: (members / 2) as f64, a, b }
    }

    fn deviate(&self, modified: f64) -> f64 {
        let m = modified.abs().min(FARTHEST) / self.a;
        let z = self.b * libm::sqrt(self.nu * libm::log1p(m / self.nu * m));
        z.copysign(modified)
    }
}

impl GroupOutlierBuilder {
    /// Over how many rows a member is smoothed, in [1, 1,000,000]; 1 takes each as it is. Default 10.
    pub fn span(mut self, rows: u32) -> Self {
        self.span = rows;
        self
    }

    /// The least spread of the group, at least 0, in the unit of the data. Default 0.
    pub fn floor(mut self, sd: f64) -> Self {
        self.floor = sd;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<GroupOutlier, Error> {
        Error::require((3..=100_000).contains(&self.members), "members", "in [3, 100,000]", self.members)?;
        Error::require((1..=1_000_000).contains(&self.span), "span", "in [1, 1,000,000]", self.span)?;
        Error::require(
            self.floor >= 0.0 && self.floor.is_finite(),
            "floor",
            "at least 0 and finite",
            self.floor,
        )?;
        Ok(GroupOutlier {
            settings: self,
            smoothed: vec![0.0; self.members],
            ages: vec![NEVER; self.members],
            scores: vec![0.0; self.members],
            scratch: Scratch(Vec::with_capacity(self.members)),
        })
    }
}

impl GroupOutlier {
    /// A detector for a group of `members` members.
    pub fn builder(members: usize) -> GroupOutlierBuilder {
        GroupOutlierBuilder { members, span: 10, floor: 0.0 }
    }

    /// The scores of all members at the last row that was scored, with signs: above the others or below. 0
    /// for one that does not count.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    fn counts(&self, member: usize) -> bool {
        self.ages[member] != NEVER && self.ages[member] / 3 <= self.settings.span
    }
}

impl Stage<&[f64]> for GroupOutlier {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        let row = observed_slice(row, self.settings.members)?;
        if row.iter().all(|x| observed(*x).is_none()) {
            return None;
        }
        let weight = 2.0 / (f64::from(self.settings.span) + 1.0);
        for (member, x) in row.iter().enumerate() {
            match observed(*x) {
                Some(x) => {
                    // After a long absence what was before does not count.
                    let known = self.counts(member);
                    let smoothed = &mut self.smoothed[member];
                    *smoothed = if known { *smoothed + weight * (x - *smoothed) } else { x };
                    self.ages[member] = 0;
                }
                None => self.ages[member] = self.ages[member].saturating_add(1),
            }
        }
        let mut numbers = core::mem::take(&mut self.scratch.0);
        let said = self.score(&mut numbers);
        self.scratch.0 = numbers;
        said
    }

    fn reset(&mut self) {
        self.smoothed.fill(0.0);
        self.ages.fill(NEVER);
        self.scores.fill(0.0);
    }
}

impl GroupOutlier {
    fn score(&mut self, numbers: &mut Vec<f64>) -> Option<Score> {
        let all = self.settings.members;
        numbers.clear();
        numbers.extend((0..all).filter(|m| self.counts(*m)).map(|m| self.smoothed[m]));
        if numbers.len() < 3 {
            return None;
        }
        let center = median(numbers);
        numbers.iter_mut().for_each(|x| *x = (*x - center).abs());
        let spread = MEDIAN_TO_SD * median(numbers);
        let others = (numbers.len() - 1) as f64;
        let mean: f64 = numbers.iter().map(|x| x / others).sum();
        let calibration = Calibration::new(numbers.len());
        let mut worst = (0, 0.0_f64);
        for member in 0..all {
            let off = if self.counts(member) { self.smoothed[member] - center } else { 0.0 };
            // Where more than half agree: what the others are off on average, as the member's own distance
            // must not be held against it. What rounding leaves of the mean is nothing.
            let left = mean - off.abs() / others;
            let left = if left > 1e-12 * mean { MEAN_TO_SD * left } else { 0.0 };
            let spread = if spread > 0.0 { spread } else { left };
            let score =
                if off == 0.0 { 0.0 } else { calibration.deviate(off / spread.max(self.settings.floor)) };
            self.scores[member] = score;
            if score.abs() > worst.1.abs() {
                worst = (member, score);
            }
        }
        Some(Score::from_deviation(worst.1)?.with_dimension(u32::try_from(worst.0).unwrap_or(u32::MAX)))
    }
}

/// The median of some numbers, which are reordered.
fn median(numbers: &mut [f64]) -> f64 {
    let half = numbers.len() / 2;
    let (below, upper, _) = numbers.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    if below.len() == half && numbers.len() % 2 == 1 {
        return upper;
    }
    let lower = numbers[..half].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower + 0.5 * (upper - lower)
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(GroupOutlierBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    GroupOutlier as struct Saved("GroupOutlier@2") {
        settings: GroupOutlierBuilder,
        smoothed: Vec<f64>,
        ages: Vec<u32>,
        scores: Vec<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&GroupOutlier> for Saved {
    fn from(g: &GroupOutlier) -> Self {
        Self {
            settings: g.settings,
            smoothed: g.smoothed.clone(),
            ages: g.ages.clone(),
            scores: g.scores.clone(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for GroupOutlier {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        let mut fresh = p.settings.build()?;
        let n = p.settings.members;
        let same = p.smoothed.len() == n && p.ages.len() == n && p.scores.len() == n;
        Error::require(same, "smoothed", "one for each member", p.smoothed.len())?;
        let near = p.smoothed.iter().all(|x| x.abs() <= 1e101) && p.scores.iter().all(|x| x.abs() <= 1e200);
        Error::require(near, "smoothed", "finite", "one that is not")?;
        (fresh.smoothed, fresh.ages, fresh.scores) = (p.smoothed, p.ages, p.scores);
        Ok(fresh)
    }
}
