//! The random number generator.

use evenkeel_core::{Error, gaussian};

evenkeel_core::state! {
    /// A stable source of pseudo-random numbers: the same seed gives the same numbers on every platform and
    /// in every version.
    ///
    /// **The sequence is part of the interface**, of every method: a change to it is a breaking change.
    /// Seeded runs can be repeated, logs replayed and snapshots continued because of it.
    ///
    /// The raw numbers are those of `xoshiro256++`, seeded from one integer by `splitmix64`, as in the crate
    /// `rand_xoshiro`; the state is kept as four integers of our own. Source: D. Blackman and S. Vigna,
    /// Scrambled linear pseudorandom number generators, ACM Trans. Math. Softw. 47 (2021) 36,
    /// doi:10.1145/3460772. Period 2^256 - 1. Not for cryptography.
    ///
    /// O(1) a number, 32 bytes. With the feature `rand` also a generator for all that draws from the traits
    /// of that crate.
    ///
    /// ```
    /// use evenkeel_stats::Generator;
    ///
    /// let mut generator = Generator::new(42);
    /// assert_eq!(generator.next_u64(), 15_021_278_609_987_233_951);
    /// assert!((0.0..1.0).contains(&generator.uniform()));
    /// let mut hand = [1, 2, 3, 4, 5];
    /// generator.shuffle(&mut hand);
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Generator("Generator@1") {
        state: [u64; 4],
    }
}

/// 2^-53
const ULP: f64 = 1.0 / 9_007_199_254_740_992.0;

impl Generator {
    /// The generator with this seed. Close seeds give unrelated sequences.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut mix = seed;
        Self { state: core::array::from_fn(|_| splitmix(&mut mix)) }
    }

    /// The `index`-th of the generators that belong to `seed`: for many independent parts of one seeded
    /// whole, whose numbers must not depend on the order in which the parts are run.
    #[must_use]
    pub fn stream(seed: u64, index: u64) -> Self {
        let mut outer = seed;
        let mut mix = splitmix(&mut outer) ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        Self { state: core::array::from_fn(|_| splitmix(&mut mix) ^ splitmix(&mut outer)) }
            .or_seeded(seed ^ index)
    }

    /// Splits off an independent generator; this one moves on by four numbers.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self {
            state: core::array::from_fn(|_| {
                let mut mix = self.next_u64();
                splitmix(&mut mix)
            }),
        }
        .or_seeded(0)
    }

    /// The generator in this state; in that of seed 0 instead of all zeros.
    #[cfg(feature = "rand")]
    pub(crate) fn from_state(state: [u64; 4]) -> Self {
        Self { state }.or_seeded(0)
    }

    /// All zeros is the one state that maps to itself.
    fn or_seeded(self, seed: u64) -> Self {
        if self.state == [0; 4] { Self::new(seed) } else { self }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(self.state != [0; 4], "state", "not all zeros", "all zeros")
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform on [0, 1): one of the 2^53 multiples of 2^-53. Takes one number.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * ULP
    }

    /// Uniform on (0, 1): the centers of 2^52 equal cells, never an end. Takes one number.
    fn open_uniform(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * (2.0 * ULP)
    }

    /// Uniform on the integers below `n`, without bias; 0 if `n` is 0. Takes one number, rarely more.
    ///
    /// Source: D. Lemire, Fast random integer generation in an interval, doi:10.1145/3230636.
    pub fn uniform_below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Standard normal, by the quantile of a uniform number: it rises with the number it takes, and its
    /// magnitude stays below 8.3.
    pub fn normal(&mut self) -> f64 {
        gaussian::lower_quantile(self.open_uniform())
    }

    /// Exponential with mean 1. Takes one number.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.open_uniform())
    }

    /// True with probability `p`; never for `p <= 0` or NaN, always for `p >= 1`. Takes one number.
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Gamma with this shape and scale 1. Takes two numbers or more.
    ///
    /// Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables,
    /// doi:10.1145/358407.358414; shapes below 1 by a power of a uniform number times shape + 1. Below shapes
    /// of about 1e-3 most results are too small for a float and are 0.
    ///
    /// # Errors
    /// If `shape` is not in [1e-9, 1e15].
    pub fn gamma(&mut self, shape: f64) -> Result<f64, Error> {
        Error::require((1e-9..=1e15).contains(&shape), "shape", "in [1e-9, 1e15]", shape)?;
        Ok(libm::exp(self.log_gamma_variate(shape)))
    }

    /// Natural logarithm of a gamma variable, which does not underflow.
    fn log_gamma_variate(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = libm::log(self.open_uniform()) / shape;
            return self.log_gamma_variate(shape + 1.0) + power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = self.normal();
            let u = self.open_uniform();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let log_v = 3.0 * libm::log(root);
            let v = root * root * root;
            if libm::log(u) < 0.5 * z * z + d * (1.0 - v + log_v) {
                return libm::log(d) + log_v;
            }
        }
    }

    /// Beta with these shapes, in [0, 1]. Takes four numbers or more.
    ///
    /// # Errors
    /// If a shape is not in [1e-9, 1e15].
    pub fn beta(&mut self, a: f64, b: f64) -> Result<f64, Error> {
        Error::require((1e-9..=1e15).contains(&a), "a", "in [1e-9, 1e15]", a)?;
        Error::require((1e-9..=1e15).contains(&b), "b", "in [1e-9, 1e15]", b)?;
        let odds = self.log_gamma_variate(a) - self.log_gamma_variate(b);
        Ok(1.0 / (1.0 + libm::exp(-odds)))
    }

    /// Brings the items into a random order, each with the same probability. Takes one number an item but the
    /// first.
    ///
    /// Source: R. Durstenfeld, Algorithm 235, doi:10.1145/364520.364540.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.uniform_below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

/// Splitmix64: a Weyl sequence through a mixing function; all 2^64 results are different.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
