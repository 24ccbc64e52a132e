//! Worlds in which everything goes wrong, repeatable by a seed.
