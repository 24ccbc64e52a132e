mod bocpd;
mod vector_math;
