//! The recent past that an observer keeps, to be shown.

use crate::observer::{Observer, SymptomId};
use evenkeel_core::{At, Name, Signal, Stage, Transition, Unit};
use evenkeel_stats::sequential::RateEvidence;
use std::collections::BTreeMap;

impl<M, T> Observer<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    /// The signals that are kept, each with its unit, in the order in which they became known. Beside those that were
    /// observed there are the two of each pair of components that call each other, as `cart/latency seen by edge`.
    #[must_use]
    pub fn known_signals(&self) -> impl ExactSizeIterator<Item = (&Signal, Unit)> + '_ {
        self.state.metrics.iter().map(|watched| (&watched.signal, watched.unit))
    }

    /// What is kept of a signal: a value for each row of the grid, the oldest first, NaN where none came. Empty if
    /// the signal is not known. O(rows).
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{Signal, Timestamp};
    /// use evenkeel_keeper::{Observer, Symptom};
    ///
    /// let builder = Observer::builder(Symptom::requests("users", 0.02)?);
    /// let mut observer = builder.step(Duration::from_secs(1)).build()?;
    /// let signal = Signal::new("store", "load");
    /// for second in [10, 11, 13] {
    ///     let now = Timestamp::from_seconds(second);
    ///     let _ = observer.tick(now);
    ///     observer.observe(now, &signal, 0.5);
    /// }
    /// let recent = observer.recent(&signal);
    /// let known: Vec<i64> =
    ///     recent.iter().filter(|at| at.value == 0.5).map(|at| at.time.as_nanos() / 1_000_000_000).collect();
    /// assert_eq!(known, [10, 11, 13]);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[must_use]
    pub fn recent(&self, signal: &Signal) -> Vec<At<f64>> {
        let place = self.state.place_of(signal);
        place.map_or_else(Vec::new, |place| self.rows_of(self.state.metrics[place].column))
    }

    /// What is kept of the requests of a symptom: how many were good and how many bad in each row of the grid in which
    /// they were reported, the oldest first. Empty for a symptom that does not go by requests. O(rows).
    #[must_use]
    pub fn recent_requests(&self, symptom: SymptomId) -> Vec<At<(u64, u64)>> {
        let Some(symptom) = self.state.symptoms.get(symptom.0 as usize) else { return Vec::new() };
        let (good, bad) = symptom.columns;
        let rows = self.rows_of(good).into_iter().zip(self.rows_of(bad));
        let reported = rows.filter(|(good, bad)| !good.value.is_nan() || !bad.value.is_nan());
        // A count that is missing beside one that is not is a zero; the conversion makes it one.
        reported.map(|(good, bad)| At::new(good.time, (good.value as u64, bad.value as u64))).collect()
    }

    /// Which components call which, and how often they did since that is known, by name. Instances are counted with
    /// their components.
    #[must_use]
    pub fn call_counts(&self) -> Vec<(Name, Name, f64)> {
        let members = &self.state.members;
        let mut counts: BTreeMap<(&Name, &Name), f64> = BTreeMap::new();
        for edge in &self.state.edges {
            let (from, to) = (members.component(&edge.from), members.component(&edge.to));
            if from != to {
                *counts.entry((from, to)).or_default() += edge.calls;
            }
        }
        counts.into_iter().map(|((from, to), count)| (from.clone(), to.clone(), count)).collect()
    }

    /// The rows of a column since anything was seen.
    fn rows_of(&self, column: usize) -> Vec<At<f64>> {
        let history = &self.state.history;
        let known_from = history.known_from();
        let times = (0..history.rows()).map(|row| history.time(row));
        let rows = times.zip(history.cells(column)).map(|(time, value)| At::new(time, value));
        rows.skip_while(|at| at.time < known_from).collect()
    }
}
