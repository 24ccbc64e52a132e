//! A series of a fleet.

use crate::monitor::{Budget, MonitorEvent, Watch};
use evenkeel_core::{At, Direction, Stage, Timestamp, TransitionKind};

/// A value, and what the fleet knows when it comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    pub(super) x: At<f64>,
    /// The fleet's steady time.
    pub(super) now: Timestamp,
    pub(super) share: Budget,
    pub(super) generation: u32,
}

/// What a series told since the fleet last looked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct News {
    pub(super) raised: Option<Direction>,
    pub(super) lost: bool,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Member<M> {
    pub(super) monitor: M,
    /// The time of its first value.
    pub(super) since: Option<Timestamp>,
    /// The fleet's steady time at its last value.
    pub(super) seen: Timestamp,
    /// The last division of the budget that it was told of.
    generation: u32,
    /// Whether it can hold its share.
    pub(super) is_within: bool,
    pub(super) is_raised: bool,
    pub(super) is_lost: bool,
    pub(super) news: News,
    /// The incidents that it last belonged to: of abnormal values, and of silence; 0 for none.
    pub(super) incidents: [u32; 2],
}

impl<M> Member<M> {
    pub(super) fn new(monitor: M) -> Self {
        Self {
            monitor,
            since: None,
            seen: Timestamp::EPOCH,
            generation: 0,
            is_within: true,
            is_raised: false,
            is_lost: false,
            news: News::default(),
            incidents: [0; 2],
        }
    }

    fn note(&mut self, event: &MonitorEvent) {
        match event {
            MonitorEvent::Alert(alert) => match alert.kind() {
                TransitionKind::Raised => {
                    self.is_raised = true;
                    self.news.raised = Some(alert.direction());
                }
                TransitionKind::Cleared => self.is_raised = false,
                _ => {}
            },
            MonitorEvent::Lost { .. } => {
                self.is_lost = true;
                self.news.lost = true;
            }
            MonitorEvent::Returned { .. } => {
                self.is_lost = false;
                self.news.lost = false;
            }
        }
    }
}

impl<M: Watch> Member<M> {
    /// Lets it notice silence.
    pub(super) fn tick(&mut self, now: Timestamp) {
        if let Some(event) = self.monitor.tick(now) {
            self.note(&event);
        }
    }
}

impl<M: Watch> Stage<Observed> for Member<M> {
    type Output = MonitorEvent;

    fn update(&mut self, observed: Observed) -> Option<MonitorEvent> {
        self.since.get_or_insert(observed.x.time);
        self.seen = observed.now;
        if self.generation != observed.generation {
            self.is_within = self.monitor.set_budget(observed.share).is_ok();
            self.generation = observed.generation;
        }
        let event = self.monitor.update(observed.x)?;
        self.note(&event);
        Some(event)
    }

    fn reset(&mut self) {
        self.monitor.reset();
        let Self { since, seen, is_raised, is_lost, news, incidents, .. } = self;
        (*since, *seen, *is_raised, *is_lost) = (None, Timestamp::EPOCH, false, false);
        (*news, *incidents) = (News::default(), [0; 2]);
    }
}
