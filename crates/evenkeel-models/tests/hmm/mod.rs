mod bad_input;
mod brute_force;
mod conformance;
mod emissions;
mod estimation;
mod reference;
mod semi_markov;
