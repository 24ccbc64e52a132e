//! The values of a window in sorted order.

use alloc::vec::Vec;

/// A sorted window, for its median and median absolute deviation. Insertion and removal are O(window), by
/// moving memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SortedWindow(Vec<f64>);

impl SortedWindow {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes an observed value.
    pub(crate) fn insert(&mut self, x: f64) {
        let place = self.0.partition_point(|y| y.total_cmp(&x).is_lt());
        self.0.insert(place, x);
    }

    /// Removes a value that was inserted.
    pub(crate) fn remove(&mut self, x: f64) {
        let place = self.0.partition_point(|y| y.total_cmp(&x).is_lt());
        if self.0.get(place).is_some_and(|y| y.to_bits() == x.to_bits()) {
            self.0.remove(place);
        }
    }

    pub(crate) fn median(&self) -> Option<f64> {
        let n = self.0.len();
        let upper = *self.0.get(n / 2)?;
        if n % 2 == 1 {
            return Some(upper);
        }
        let lower = self.0[n / 2 - 1];
        // The definition of the crate's `median`, bit for bit.
        Some(lower + 0.5 * (upper - lower))
    }

    /// The median absolute deviation from `center`, walking outwards from it: O(window).
    pub(crate) fn deviation(&self, center: f64) -> Option<f64> {
        let n = self.0.len();
        let mut above = self.0.partition_point(|x| *x < center);
        let mut below = above;
        let (mut last, mut before) = (0.0, 0.0);
        for _ in 0..=n / 2 {
            before = last;
            let up = self.0.get(above).map(|x| x - center);
            let down = below.checked_sub(1).map(|i| center - self.0[i]);
            last = match (up, down) {
                (Some(up), Some(down)) if up <= down => {
                    above += 1;
                    up
                }
                (_, Some(down)) => {
                    below -= 1;
                    down
                }
                (Some(up), None) => {
                    above += 1;
                    up
                }
                (None, None) => return None,
            };
        }
        Some(if n % 2 == 1 { last } else { before + 0.5 * (last - before) })
    }
}

/// Calls `each` for every place with the observed values at most `half` places away, its own among them, in
/// O(n half).
pub(crate) fn for_each_neighborhood(values: &[f64], half: usize, mut each: impl FnMut(usize, &SortedWindow)) {
    let n = values.len();
    let mut window = SortedWindow::new((2 * half + 1).min(n));
    values.iter().take(half).filter(|x| !x.is_nan()).for_each(|x| window.insert(*x));
    for i in 0..n {
        if let Some(x) = values.get(i + half).filter(|x| !x.is_nan()) {
            window.insert(*x);
        }
        if let Some(x) = i.checked_sub(half + 1).map(|gone| values[gone]).filter(|x| !x.is_nan()) {
            window.remove(x);
        }
        each(i, &window);
    }
}
