mod bad_input;
mod brute_force;
mod conformance;
mod estimation;
mod reference;
