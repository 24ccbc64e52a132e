//! What holds for all types: the streaming contract, and extreme settings.

mod conformance;
mod settings;
