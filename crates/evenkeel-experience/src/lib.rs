//! What users feel: experiments that may be looked at at any time.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod canary;
pub mod experiment;
pub mod slo;
pub mod traffic;
