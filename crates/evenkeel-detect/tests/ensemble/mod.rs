mod default_detector;
mod ensemble;
