//! The streaming contract of every stage.
