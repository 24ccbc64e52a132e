//! The states of a hidden Markov model over time.

use crate::drawing::{Drawing, MARGIN, possible_width};
use crate::element::label;
use crate::lane::{self, Lane};
use crate::plot_area::{PlotArea, TIME_AXIS, extent_of, usual_height, words_of};
use crate::quantity::{quantity, significant};
use crate::value_axis::range;
use evenkeel_core::{At, Error, Unit, observed};

/// A series and the states that a hidden Markov model (or anything else that tells regimes apart) takes it to be in: the
/// values with the mean of the state as a second line, and a lane for each state.
///
/// States are numbers from 0; each has a lane with its name, so they are told apart without colors.
///
/// ```
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_report::StateChart;
///
/// let values: Vec<At<f64>> = (0..100)
///     .map(|i| At::new(Timestamp::from_seconds(60 * i), if i < 60 { 1.0 } else { 5.0 }))
///     .collect();
/// let path: Vec<usize> = (0..100).map(|i| usize::from(i >= 60)).collect();
/// let drawing = StateChart::new("queue", &values, &path)?.state("calm", Some(1.0)).state("busy", Some(5.0)).draw(700);
/// assert!(drawing.description().contains("busy 40 % of the time"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct StateChart {
    title: String,
    unit: Unit,
    values: Vec<At<f64>>,
    path: Vec<usize>,
    states: Vec<(String, Option<f64>)>,
}

/// The most states that can be drawn.
const MOST: usize = 64;

impl StateChart {
    /// Values in order of time, and the state of each, from 0.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many states as values; [`Error::Parameter`] if a state is 64 or more.
    pub fn new(title: impl Into<String>, values: &[At<f64>], path: &[usize]) -> Result<Self, Error> {
        if values.len() != path.len() {
            return Err(Error::Shape { what: "path of states", expected: values.len(), found: path.len() });
        }
        let largest = path.iter().copied().max().unwrap_or(0);
        Error::require(largest < MOST, "state", "below 64", largest)?;
        Error::require(
            values.is_sorted_by_key(|x| x.time),
            "values",
            "in order of time",
            "an earlier time behind a later one",
        )?;
        let (values, path) = (values.to_vec(), path.to_vec());
        Ok(Self { title: title.into(), unit: Unit::None, values, path, states: Vec::new() })
    }

    /// The name and, where it has one, the mean of the next state. States without a name have their number.
    pub fn state(mut self, name: impl Into<String>, mean: Option<f64>) -> Self {
        self.states.push((name.into(), mean));
        self
    }

    /// The unit of the values. Default none.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    fn count(&self) -> usize {
        self.path.iter().map(|state| state + 1).max().unwrap_or(0).max(self.states.len()).min(MOST)
    }

    fn name(&self, state: usize) -> String {
        self.states.get(state).map_or_else(|| format!("state {state}"), |(name, _)| name.clone())
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let top = if self.title.is_empty() { 10.0 } else { 34.0 };
        let mean = |state: usize| self.states.get(state).and_then(|(_, mean)| *mean);
        let means: Vec<At<f64>> = (self.values.iter().zip(&self.path))
            .map(|(x, state)| At::new(x.time, mean(*state).unwrap_or(f64::NAN)))
            .collect();
        let all = self.values.iter().chain(&means).map(|x| x.value);
        let (Some(times), Some(values)) = (extent_of(self.values.iter().map(|x| x.time)), range(all)) else {
            let none = [label(MARGIN, top + 16.0, "ek-small", "no values")];
            return Drawing::new(&self.title, "no values".into(), (width, top + 30.0), none);
        };
        let height = usual_height(width);
        let mut lanes: Vec<Lane> =
            (0..self.count()).map(|state| Lane { name: self.name(state), spans: Vec::new() }).collect();
        for (state, stretch) in self.visits() {
            if let Some(lane) = lanes.get_mut(state) {
                lane.spans.push(stretch);
            }
        }
        let names = lane::room_for_names(&lanes, width);
        let room = PlotArea::room_for_labels(values, height, self.unit).max(names);
        let area = PlotArea::across(width, (top, height), times, values, room);
        let mut elements = area.value_grid(self.unit);
        elements.extend(area.line(&self.values, "ek-value"));
        elements.extend(area.line(&means, "ek-expected"));
        let (below, drawn) = lane::draw(&lanes, &area, room);
        elements.extend(drawn);
        elements.extend(below.time_grid());
        Drawing::new(&self.title, self.describe(times), (width, below.bottom() + TIME_AXIS), elements)
    }

    /// The stretches in one state, each until the next begins.
    fn visits(&self) -> Vec<(usize, (evenkeel_core::Timestamp, evenkeel_core::Timestamp))> {
        let mut visits = Vec::new();
        let mut first = 0;
        for group in self.path.chunk_by(|a, b| a == b) {
            let next = (first + group.len()).min(self.values.len() - 1);
            visits.push((group[0], (self.values[first].time, self.values[next].time)));
            first += group.len();
        }
        visits
    }

    fn describe(&self, times: (evenkeel_core::Timestamp, evenkeel_core::Timestamp)) -> String {
        let known = self.values.iter().filter(|x| observed(x.value).is_some()).count();
        let mut text = format!("{known} values {}", words_of(times));
        for state in 0..self.count() {
            let share = self.path.iter().filter(|s| **s == state).count() as f64 / self.path.len() as f64;
            text += &format!("; {} {} % of the time", self.name(state), significant(100.0 * share));
            if let Some((_, Some(mean))) = self.states.get(state) {
                text += &format!(" at {}", quantity(*mean, self.unit));
            }
        }
        text + "."
    }
}
