//! A gate between an AI agent and the machines that act: it sees and proposes, and never acts on its own.
//!
//! Guards rule, a person or a budget agrees, a sequential test verifies, what did not help is taken back, and
//! every ruling is written down. What an agent says of its own confidence is recorded and scored, and nothing
//! depends on it. The README tells how to start it.
//!
//! | | |
//! | --- | --- |
//! | [`tools`] | what an agent can call, and within how many tokens it is answered |
//! | [`Gate`], [`Settings`] | the observer, the machine and the agent as its policy, around a simulated shop |
//! | [`Proposal`], [`Draft`], [`Fate`], [`ProposalError`] | a closed set of actions, and what becomes of a proposal |
//! | [`ApprovalBudget`], [`AgentApproval`], [`Pending`] | who agrees |
//! | [`ConfidenceRecord`], [`calibration`](fn@calibration) | what was stated, and what came true |
//! | [`World`], [`Fault`] | the shop, and what is wrong with it |
//! | [`audit`] | permits and executor calls, compared from outside |

#![forbid(unsafe_code)]

mod agent;
mod answers;
mod approval;
pub mod audit;
mod calibration_chart;
pub mod calibration_run;
mod confidence;
mod fault;
mod gate;
mod guards;
mod http_errors;
mod json_rpc;
mod line_transport;
mod mcp;
pub mod operator;
mod person;
mod private_file;
mod proposal;
mod proposal_log;
mod propose;
mod rate_bound;
mod seen;
pub mod server;
mod settings;
pub mod shop;
mod state_files;
pub mod text;
mod token_budget;
pub mod tools;
mod witness;
pub mod world;

pub use agent::{AgentPolicy, Desk};
pub use answers::describe;
pub use approval::{AgentApproval, ApprovalBudget, Pending, Questions};
pub use calibration_chart::draw_calibration;
pub use confidence::{Bin, Calibration, ConfidenceRecord, Stated, calibration};
pub use fault::{Defect, Fault};
pub use gate::{Ended, Gate};
pub use proposal::{Draft, Fate, Proposal, ProposalError, Verb, all_actions};
pub use proposal_log::{ProposalLog, Remembered};
pub use rate_bound::RateBound;
pub use settings::Settings;
pub use token_budget::{Page, TokenBudget, count_tokens};
pub use witness::{Store, Witness, Written};
pub use world::{Note, World};
