mod left_matrix_profile;
mod symbol_surprise;
