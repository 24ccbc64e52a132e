//! Seeds from a generator of `rand`. One number is drawn and kept as the seed: snapshots and `reset` go on
//! from it alone, and never need the generator again.

use crate::bank::BankBuilder;
use crate::calibrate::{ConformalBuilder, RankCusumBuilder};
use crate::multivariate::{HalfSpaceTreesBuilder, RandomCutForestBuilder};
use rand::Rng;

macro_rules! seeded {
    ($($builder:ty)*) => {$(
        impl $builder {
            /// With the feature `rand`: a [`seed`](Self::seed) from this generator, of which it takes one
            /// `u64`. The seed is a setting like one that was given: snapshots hold it, and a reset begins
            /// with it again.
            #[cfg_attr(docsrs, doc(cfg(feature = "rand")))]
            pub fn seed_from_rng<R: Rng + ?Sized>(self, rng: &mut R) -> Self {
                self.seed(rng.next_u64())
            }
        }
    )*};
}

seeded!(HalfSpaceTreesBuilder RandomCutForestBuilder RankCusumBuilder);

impl<D> BankBuilder<D> {
    /// With the feature `rand`: a [`seed`](Self::seed) of the hashes from this generator, of which it takes
    /// one `u64`; one from the operating system is secret.
    #[cfg_attr(docsrs, doc(cfg(feature = "rand")))]
    pub fn seed_from_rng<R: Rng + ?Sized>(self, rng: &mut R) -> Self {
        self.seed(rng.next_u64())
    }
}

impl ConformalBuilder {
    /// With the feature `rand`: [`smoothed`](Self::smoothed) with a seed from this generator, of which it
    /// takes one `u64`. The seed is a setting like one that was given: snapshots hold it, and a reset begins
    /// with it again.
    #[cfg_attr(docsrs, doc(cfg(feature = "rand")))]
    pub fn smoothed_from_rng<R: Rng + ?Sized>(self, rng: &mut R) -> Self {
        self.smoothed(rng.next_u64())
    }
}
