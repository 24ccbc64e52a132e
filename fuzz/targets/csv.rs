//! Reading samples from hostile text: an error that names a line, or samples; never a panic.

#![no_main]

use evenkeel::prelude::Error;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match evenkeel_watch::csv::read(bytes) {
        Ok(samples) => assert!(!samples.is_empty()),
        Err(Error::Parse { .. }) => {}
        Err(other) => panic!("not a parse error: {other:?}"),
    }
});
