//! Feedback on utilization.

use crate::scaling::scaling_rule::{ScalingRule, replicas_for};
use core::time::Duration;
use evenkeel_core::{Error, Timestamp, observed};

/// Settings of a [`ProportionalIntegral`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct ProportionalIntegralBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    target: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    gain: f64,
    reset: Duration,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(ProportionalIntegralBuilder);
#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Output);

impl ProportionalIntegralBuilder {
    /// How much of a deviation is answered at once. In [0, 0.9]; default 0.5.
    pub fn gain(mut self, share: f64) -> Self {
        self.gain = share;
        self
    }

    /// In which time the rest is made up for: the integral adds as much as the deviation itself in this time.
    /// From 1 s to a day; default 60 s.
    pub fn reset_time(mut self, length: Duration) -> Self {
        self.reset = length;
        self
    }

    /// The rule.
    ///
    /// # Errors
    /// If the target is not in [1e-9, 1e100], the gain not in [0, 0.9], or the reset time not from 1 s to a
    /// day.
    pub fn build(self) -> Result<ProportionalIntegral, Error> {
        let rule = ProportionalIntegral { settings: self, output: None };
        rule.validate()?;
        Ok(rule)
    }
}

/// What was called for last, before it was rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Output {
    at: Timestamp,
    /// The integral: the logarithm of the size without what is answered at once.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    integral: f64,
}

evenkeel_core::state! {
    /// Feedback on utilization with a proportional and an integral part.
    ///
    /// *When*: utilization is measured, and a size should approach its target smoothly instead of in the leaps
    /// of [`PodAverage`](crate::scaling::PodAverage). *Not when* one step has to be enough.
    ///
    /// *Method*: the deviation is the logarithm of utilization over target; the logarithm of the size is the
    /// integral of the deviation plus a share of it. On this scale a size acts on utilization with gain -1
    /// whatever the load. *Against windup*: the size that is called for is never behind the one that there
    /// really is, nor beyond the one that would be on target by the present reading, and the integral is set
    /// to what gives that; so nothing adds up while the size does not follow because of rate limits, bounds,
    /// windows, refusals or other hands, and without delay it approaches the target from one side. An
    /// integral step is cut to 1 - gain. Source: K. J. Åström, T. Hägglund, Advanced PID Control (2006),
    /// section 3.5 (conditional integration).
    ///
    /// *Reading*: the utilization of a replica, in the unit of the target; one that is negative or not
    /// [`observed`] is missing. It counts as at least a tenth and at most ten times the target. Sizes are
    /// rounded up, and a deviation counts as none where no other whole size comes closer from above.
    /// O(1), 6 numbers.
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_remedy::scaling::{ProportionalIntegral, ScalingRule};
    ///
    /// let mut rule = ProportionalIntegral::builder(0.6).build()?;
    /// let (load, mut replicas) = (12.0, 8);
    /// for step in 0..20 {
    ///     let utilization = load / f64::from(replicas);
    ///     replicas = rule.recommend(Timestamp::from_seconds(15 * step), replicas, &utilization).unwrap();
    /// }
    /// assert_eq!(replicas, 20);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ProportionalIntegral("ProportionalIntegral@1") {
        settings: ProportionalIntegralBuilder,
        output: Option<Output>,
    }
}

impl ProportionalIntegral {
    /// With this target of utilization.
    pub fn builder(target: f64) -> ProportionalIntegralBuilder {
        ProportionalIntegralBuilder { target, gain: 0.5, reset: Duration::from_secs(60) }
    }

    fn validate(&self) -> Result<(), Error> {
        let ProportionalIntegralBuilder { target, gain, reset } = self.settings;
        Error::require((1e-9..=1e100).contains(&target), "target", "in [1e-9, 1e100]", target)?;
        Error::require((0.0..=0.9).contains(&gain), "gain", "in [0, 0.9]", gain)?;
        let fits = (Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(&reset);
        Error::require(fits, "reset time", "from 1 s to a day", format_args!("{reset:?}"))?;
        let integral = self.output.map_or(0.0, |o| o.integral);
        Error::require(integral.abs() <= 100.0, "integral", "in [-100, 100]", integral)
    }
}

/// Half a replica more than this is the next: rounding errors must not add one.
const SLACK: f64 = 1e-9;

impl ScalingRule for ProportionalIntegral {
    type Reading = f64;

    fn recommend(&mut self, now: Timestamp, replicas: u32, utilization: &f64) -> Option<u32> {
        let utilization = observed(*utilization).filter(|u| *u >= 0.0)?;
        let ProportionalIntegralBuilder { target, gain, reset } = self.settings;
        let ratio = (utilization / target).clamp(0.1, 10.0);
        // As near as whole replicas come to the target: the integral must not hunt for what lies between.
        let rests = replicas_for(f64::from(replicas) * ratio - SLACK) == Some(replicas);
        let deviation = if rests { 0.0 } else { libm::log(ratio) };
        let present = libm::log(f64::from(replicas.max(1)));
        let (integral, step) = match self.output {
            // As if the size that there is had been called for all along.
            None => (present - gain * deviation, 1.0 - gain),
            Some(o) => {
                let step = now.since(o.at).as_secs_f64() / reset.as_secs_f64();
                (o.integral, step.min(1.0 - gain))
            }
        };
        // Against windup: not back behind the size that there is, nor beyond what would be on target.
        let ideal = present + deviation;
        let size = integral + (step + gain) * deviation;
        let size = size.clamp(present.min(ideal), present.max(ideal));
        let integral = size - gain * deviation;
        self.output = Some(Output { at: self.output.map_or(now, |o| o.at.max(now)), integral });
        replicas_for(libm::exp(size) - SLACK)
    }

    fn reset(&mut self) {
        self.output = None;
    }
}
