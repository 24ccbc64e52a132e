//! The tests, mirroring the source.
