//! Verbs: what an action does.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Verb`] | the trait of a set of verbs |
//! | [`StandardVerb`] | the verbs that are shipped |
//! | [`Impact`], [`Share`] | what a verb takes out of service |

mod standard_verb;
mod verb;

pub use standard_verb::StandardVerb;
pub use verb::{Impact, Share, Verb};
