mod detectors;
mod program;
