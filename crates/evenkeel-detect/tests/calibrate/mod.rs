mod conformal;
mod extremes;
mod rank_cusum;
