mod default_detector;
