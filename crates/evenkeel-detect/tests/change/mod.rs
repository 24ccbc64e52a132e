mod adwin;
mod bocpd;
mod focus;
mod kolmogorov_smirnov;
