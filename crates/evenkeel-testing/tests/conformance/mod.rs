//! The kit itself: stages that keep the contract pass, and each check reports the stage that breaks exactly
//! its promise.

mod broken;
mod contradictory;
mod finite;
mod honest;
