mod budget;
mod default_monitor;
mod deviation_monitor;
mod monitor_event;
