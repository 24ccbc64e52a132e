mod local_mean;
mod robust_z;
mod seasonal_profile;
#[cfg(feature = "spectral")]
mod spectral_residual;
