mod likelihood;
mod local_polynomial;
mod recursive_sparse_ar;
mod surprise;
