mod binomial;
mod statistical;
