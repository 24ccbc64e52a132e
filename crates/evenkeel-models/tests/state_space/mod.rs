//! State space and structural models.

mod cycle;
mod dense;
mod hostile;
mod reference;
mod state_space;
mod structural;
