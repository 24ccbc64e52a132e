//! State space and structural models.

mod dense;
mod hostile;
mod reference;
mod state_space;
mod structural;
