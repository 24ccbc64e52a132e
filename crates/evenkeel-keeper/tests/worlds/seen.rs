//! Coverage of the worlds: what was checked, how often, and what was found.

/// What happens in one of two thousand worlds.
pub(super) const RARE: &str = "incidents that subsided at the observer alone";

/// Counts over many worlds. Each number of a check says how often it decided something.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) seed: u64,
    pub(super) worlds: u64,
    pub(super) ticks: u64,
    pub(super) faults: u64,
    pub(super) cured: u64,
    /// Deaths: of the driver inside a step, of the driver between steps, of the observer, of both; records
    /// lost thereby.
    pub(super) crashes: [u64; 4],
    pub(super) lost_records: u64,
    /// What the observer was restored from: all of its state, an old one, nothing.
    pub(super) restored: [u64; 3],
    pub(super) probes: u64,
    /// Actions of which it was checked that their key is new, their intent written, nothing halted, their
    /// verb switched on.
    pub(super) applied: u64,
    /// How often policies wanted to act and were held, because halted, or advised, because switched off.
    pub(super) halts: u64,
    pub(super) advised: u64,
    pub(super) radius: u64,
    pub(super) at_the_limit: u64,
    /// Incidents that were opened, after others.
    pub(super) opened: u64,
    pub(super) rises: u64,
    pub(super) joined: u64,
    pub(super) several: u64,
    /// Ends by recovery, and those of them while users were bad.
    pub(super) recovered: u64,
    pub(super) falsely: u64,
    pub(super) escalated: u64,
    pub(super) dismissed: u64,
    pub(super) subsided: u64,
    /// Actions that helped until the end of their incident; of these, over a restart of something.
    pub(super) helped: u64,
    pub(super) helped_over_restart: u64,
    /// Ticks at which a breach was long enough to have an incident, by what it had: one that is open, or one
    /// that ended in it.
    pub(super) breaches: u64,
    pub(super) breaches_without_traffic: u64,
    pub(super) breaches_over_restart: u64,
    pub(super) breaches_ended: u64,
    /// Ticks at which observer and machine had to have the same incidents, and had some.
    pub(super) agreed: u64,
    /// Incidents, by tick, of which both had to think the same; symptoms, by tick, that had to be in one
    /// incident only.
    pub(super) thoughts: u64,
    pub(super) single: u64,
    /// Ticks at which an incident had its deadline.
    pub(super) near_deadline: u64,
    /// Worlds that ended quietly with nothing open.
    pub(super) quiet: u64,
    pub(super) wrong_clock: u64,
    pub(super) full: u64,
    pub(super) violations: Vec<String>,
    /// What happened, if that was to be told.
    pub(super) story: Vec<String>,
}

impl Seen {
    pub(super) fn violation(&mut self, tick: u32, what: &str) {
        // The first ones of a world tell of the cause.
        if self.violations.len() < 3 {
            self.violations.push(format!("seed {}, tick {tick}: {what}", self.seed));
        }
    }

    pub(super) fn add(&mut self, more: Self) {
        for (sum, n) in self.numbers().into_iter().zip(more.clone().numbers()) {
            *sum.1 += *n.1;
        }
        self.violations.extend(more.violations);
    }

    /// All of them by name.
    pub(super) fn numbers(&mut self) -> Vec<(&'static str, &mut u64)> {
        let [inside, driver, observer, both] = &mut self.crashes;
        let [all, old, nothing] = &mut self.restored;
        vec![
            ("worlds", &mut self.worlds),
            ("ticks", &mut self.ticks),
            ("faults", &mut self.faults),
            ("faults cured by an action", &mut self.cured),
            ("drivers that died in a step", inside),
            ("drivers that died between steps", driver),
            ("observers that died", observer),
            ("both that died together", both),
            ("records lost", &mut self.lost_records),
            ("observers restored from all", all),
            ("observers restored from something old", old),
            ("observers restored from nothing", nothing),
            ("probes", &mut self.probes),
            ("actions checked for key, intent, halt and switch", &mut self.applied),
            ("times held while halted", &mut self.halts),
            ("actions advised only", &mut self.advised),
            ("actions checked for their radius", &mut self.radius),
            ("of these at the limit", &mut self.at_the_limit),
            ("incidents opened", &mut self.opened),
            ("of these after another", &mut self.rises),
            ("symptoms that joined", &mut self.joined),
            ("ticks with several incidents", &mut self.several),
            ("incidents that recovered or subsided", &mut self.recovered),
            ("incidents that escalated", &mut self.escalated),
            ("incidents that were dismissed", &mut self.dismissed),
            (RARE, &mut self.subsided),
            ("recoveries by what helped", &mut self.helped),
            ("of these over a restart", &mut self.helped_over_restart),
            ("ticks of long breaches with an incident", &mut self.breaches),
            ("of these without traffic", &mut self.breaches_without_traffic),
            ("of these after a restart in the breach", &mut self.breaches_over_restart),
            ("ticks of long breaches whose incident ended", &mut self.breaches_ended),
            ("ticks at which both had the same incidents", &mut self.agreed),
            ("incidents of which both thought the same, by tick", &mut self.thoughts),
            ("symptoms that were in one incident, by tick", &mut self.single),
            ("incidents at their deadline, by tick", &mut self.near_deadline),
            ("worlds that ended with nothing open", &mut self.quiet),
            ("readings of a wrong clock", &mut self.wrong_clock),
            ("times that names were full", &mut self.full),
            // May be none:
            ("false recoveries", &mut self.falsely),
        ]
    }
}
