//! What a call behind a layer may fail with.

use crate::traffic::admission_control::Refusal;
use core::fmt;
use std::boxed::Box;
use std::error::Error;

/// An error of the layer or of the service in it, which is kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdmissionError<E> {
    /// The call was not made.
    Refused(Refusal),
    /// The inner service failed.
    Inner(E),
}

impl<E> AdmissionError<E> {
    /// Why the call was not made, if it wasn't.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Inner(_) => None,
        }
    }

    /// The error of the inner service, if it is one.
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Refused(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// As an error of one type, for services whose errors are boxed: [`Refusal`] or the inner error, to be found by
    /// `downcast_ref`. Allocates.
    #[must_use]
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match self {
            Self::Refused(refusal) => refusal.into(),
            Self::Inner(error) => error.into(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for AdmissionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

/// Transparent: the source of an inner error is that error's source.
impl<E: Error> Error for AdmissionError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Inner(error) => error.source(),
        }
    }
}
