//! Forms of a covariance.

/// What the covariances of the states may be. With one coordinate the first three are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Covariance {
    /// One variance a state, for all its coordinates; they are independent.
    Spherical,
    /// One variance a state and coordinate; coordinates are independent given the state.
    Diagonal,
    /// A covariance matrix a state.
    Full,
    /// One covariance matrix for all states.
    Tied,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Covariance);

impl Covariance {
    /// Numbers that describe it, as they are passed to [`Gaussian`](crate::hmm::Gaussian).
    pub(super) fn numbers(self, states: usize, dimension: usize) -> usize {
        match self {
            Self::Spherical => states,
            Self::Diagonal => states * dimension,
            Self::Full => states * dimension * dimension,
            Self::Tied => dimension * dimension,
        }
    }

    /// Of these the free ones: a matrix is symmetric.
    pub(super) fn free(self, states: usize, dimension: usize) -> usize {
        let triangle = dimension * (dimension + 1) / 2;
        match self {
            Self::Spherical | Self::Diagonal => self.numbers(states, dimension),
            Self::Full => states * triangle,
            Self::Tied => triangle,
        }
    }

    pub(super) fn is_matrix(self) -> bool {
        matches!(self, Self::Full | Self::Tied)
    }
}
