mod budget;
mod deviation_monitor;
mod monitor;
mod monitor_event;
mod row_monitor;
