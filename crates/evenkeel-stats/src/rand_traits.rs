//! The traits of `rand` for the generator.

use crate::generator::Generator;
use core::convert::Infallible;
use rand::rand_core::utils;
use rand::{SeedableRng, TryRng};

/// With the feature `rand`: distributions of `rand_distr`, `rand`'s shuffles and samples, and code of your
/// own that takes an [`rand::Rng`] draw from it. The numbers are those of `rand_xoshiro::Xoshiro256PlusPlus`,
/// method by method, and are part of the interface as all others are; what another crate computes from them
/// is not.
///
/// A `u64` is one raw number, that of [`Generator::next_u64`]; a `u32` is the upper half of one; bytes are
/// the little-endian ones of a raw number for each eight, of which the last gives its first bytes where fewer
/// are wanted.
///
/// ```
/// use evenkeel_stats::Generator;
/// use rand::RngExt;
///
/// let mut generator = Generator::new(42);
/// let die: u8 = generator.random_range(1..=6);
/// assert!((1..=6).contains(&die));
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "rand")))]
impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || Ok(self.next_u64()))
    }
}

/// With the feature `rand`. [`seed_from_u64`](SeedableRng::seed_from_u64) is [`Generator::new`];
/// [`from_seed`](SeedableRng::from_seed) takes the state itself, as four little-endian integers, and instead
/// of all zeros, which is no state, that of seed 0; [`from_rng`](SeedableRng::from_rng) fills such a seed
/// from another generator.
#[cfg_attr(docsrs, doc(cfg(feature = "rand")))]
impl SeedableRng for Generator {
    type Seed = [u8; 32];

    fn from_seed(seed: [u8; 32]) -> Self {
        Self::from_state(utils::read_words(&seed))
    }

    fn seed_from_u64(seed: u64) -> Self {
        Self::new(seed)
    }
}
