mod smoothed_score;
mod standardize;
mod univariate;
