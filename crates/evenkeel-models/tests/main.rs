//! The integration tests of the models.

mod reference;
