//! The conformance kit of evenkeel, and the plumbing of reference replays. For tests only: what goes wrong panics and says so.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`mod@reference`] | reading values that other systems computed, comparing with them, and accounting for gaps |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod reference;
