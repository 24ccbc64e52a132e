mod default_monitor;
mod deviation_monitor;
