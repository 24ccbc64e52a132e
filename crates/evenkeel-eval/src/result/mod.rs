//! Results of tasks: scores of methods, and of each case.

mod case;
mod cost;
mod json;
mod per_case;
mod table;
mod task_result;
mod value;

pub use case::CaseResult;
pub use cost::Cost;
pub use task_result::{Method, Skipped, TaskResult};
pub use value::Value;
