mod alarm;
mod score_alarm;
