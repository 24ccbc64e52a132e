mod likelihood;
mod local_polynomial;
mod recursive_sparse_ar;
mod seasonal_ar;
mod spread_change;
mod surprise;
