//! Order statistics of all differences between two samples, without forming them.

/// The differences `x - y` of all pairs of two sorted samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairwiseDifferences<'a> {
    x: &'a [f64],
    y: &'a [f64],
}

impl<'a> PairwiseDifferences<'a> {
    /// Of two samples in ascending order, neither of them empty.
    pub(crate) fn new(x: &'a [f64], y: &'a [f64]) -> Self {
        Self { x, y }
    }

    /// How many pairs there are.
    pub(crate) fn count(&self) -> u64 {
        self.x.len() as u64 * self.y.len() as u64
    }

    /// How many differences are at most `d`: a rounded difference rises with x and falls with y, so one walk
    /// through both samples is enough.
    fn at_most(&self, d: f64) -> u64 {
        let mut count = 0;
        let mut first = 0;
        for x in self.x {
            while first < self.y.len() && x - self.y[first] > d {
                first += 1;
            }
            count += (self.y.len() - first) as u64;
        }
        count
    }

    /// The `k`-th smallest difference, from 1 on; `k` is moved into the range there is. By bisection over
    /// the ordered bit patterns of floats: at most 64 walks, and the exact value.
    pub(crate) fn kth(&self, k: u64) -> f64 {
        let k = k.clamp(1, self.count());
        let (mut low, mut high) =
            (ordered(self.x[0] - self.y[self.y.len() - 1]), ordered(self.x[self.x.len() - 1] - self.y[0]));
        while low < high {
            let middle = low + (high.wrapping_sub(low)) / 2;
            if self.at_most(from_ordered(middle)) >= k {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        // Adding 0 makes -0 a 0.
        from_ordered(low) + 0.0
    }

    /// The median: the mean of the two in the middle where their number is even.
    pub(crate) fn median(&self) -> f64 {
        let n = self.count();
        let lower = self.kth(n.div_ceil(2));
        if n % 2 == 1 { lower } else { 0.5 * (lower + self.kth(n / 2 + 1)) }
    }
}

/// The rank of a float among all floats.
fn ordered(x: f64) -> u64 {
    let bits = x.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

fn from_ordered(rank: u64) -> f64 {
    f64::from_bits(if rank >> 63 == 1 { rank & !(1 << 63) } else { !rank })
}
