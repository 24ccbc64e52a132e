mod left_matrix_profile;
mod nearest_shapes;
mod symbol_surprise;
