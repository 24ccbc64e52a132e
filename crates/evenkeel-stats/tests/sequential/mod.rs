//! Laws of sequential evidence.
