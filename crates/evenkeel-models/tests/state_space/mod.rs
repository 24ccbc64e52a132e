//! State space and structural models.

mod cycle;
mod dense;
mod hostile;
mod posterior;
mod reference;
mod regression;
mod state_space;
mod structural;
