//! The display of a run, and the record for its scoring.

use super::scoring::Told;
use super::watch::{Said, Watch};
use crate::say;
use crate::shop::{Metrics, ShopEvent};
use evenkeel::keeper::Event;
use evenkeel::prelude::Timestamp;
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Notice, Outcome};
use evenkeel::{Diagnosis, Evidence, Name, Subject, TransitionKind, Unit};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, LineGauge, Paragraph, Sparkline, Widget};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Stdout, stdout};
use std::time::Duration;

/// Rows of the picture that stays below the lines.
const ROWS: u16 = 12;
/// Seconds of the course of bad requests.
const COURSE: usize = 60;
/// How many columns lines have.
const WIDTH: usize = 80;
/// How long an instance stays marked as abnormal.
const MARKED: Duration = Duration::from_secs(3);

/// Lines that tell what happens, and on a terminal a live picture below them: the instances, what users feel,
/// and while a remedy is verified the bound that has to sink below the objective.
#[expect(missing_debug_implementations, reason = "a terminal need not be printable")]
pub struct Screen {
    start: Timestamp,
    live: Option<Terminal<CrosstermBackend<Stdout>>>,
    picture: Picture,
    told: Vec<Told>,
    bound_shown: Timestamp,
    /// Metrics by their place that became abnormal in this round, told in one line.
    abnormal: BTreeMap<Name, Vec<Name>>,
}

/// What the live picture shows.
struct Picture {
    title: String,
    /// The 99th percentile of each instance in seconds; `None` if it doesn't answer.
    instances: BTreeMap<Name, Option<f64>>,
    abnormal: BTreeMap<Name, Timestamp>,
    /// Bad requests in each second, the newest last.
    bad: Vec<u64>,
    second: u64,
    requests: u64,
    state: (Color, String),
    /// The upper bound of the bad share, and the objective.
    bound: Option<(f64, f64, u64)>,
}

impl Screen {
    /// A screen; `plain` for lines alone, as on everything that is no terminal.
    #[must_use]
    pub fn new(seed: u64, plain: bool, start: Timestamp) -> Self {
        let options = TerminalOptions { viewport: Viewport::Inline(ROWS) };
        let terminal = !plain && stdout().is_terminal() && std::io::stdin().is_terminal();
        // A terminal that can't say where its cursor is gets lines.
        let live =
            terminal.then(|| Terminal::with_options(CrosstermBackend::new(stdout()), options).ok()).flatten();
        let picture = Picture {
            title: format!(" evenkeel on a shop of ten processes, seed {seed} "),
            instances: BTreeMap::new(),
            abnormal: BTreeMap::new(),
            bad: vec![0; COURSE],
            second: 0,
            requests: 0,
            state: (Color::Green, "users are fine".into()),
            bound: None,
        };
        Self { start, live, picture, told: Vec::new(), bound_shown: start, abnormal: BTreeMap::new() }
    }

    /// What was said of each incident so far.
    #[must_use]
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// Takes in what happens, for the picture.
    pub fn see(&mut self, event: &ShopEvent) {
        match event {
            ShopEvent::Request { at, good, .. } => {
                self.picture.requests += 1;
                let second = at.since(self.start).as_secs();
                while self.picture.second < second {
                    self.picture.second += 1;
                    self.picture.bad.remove(0);
                    self.picture.bad.push(0);
                }
                if let Some(last) = self.picture.bad.last_mut() {
                    *last += u64::from(!good);
                }
            }
            ShopEvent::Scrape { instance, metrics, .. } => {
                let p99 = metrics.as_ref().map(|m: &Metrics| m.p99);
                self.picture.instances.insert(instance.clone(), p99);
            }
            _ => {}
        }
    }

    /// Once a round: the bound that has to sink below the objective, and the picture.
    ///
    /// # Errors
    /// If nobody reads lines any more.
    pub fn refresh(&mut self, now: Timestamp, watch: &Watch) -> io::Result<()> {
        self.tell_abnormal(now)?;
        let machine = watch.machine_state();
        let verified = machine.incidents().find_map(|incident| machine.recovery(incident));
        self.picture.bound = verified.map(|r| (r.upper(), r.objective(), r.trials()));
        if self.live.is_none()
            && let Some((upper, objective, trials)) = self.picture.bound
            && now.since(self.bound_shown) >= Duration::from_secs(1)
        {
            self.bound_shown = now;
            let text =
                format!("  bad share at most {upper:.3} after {trials} requests, to be below {objective:.3}");
            self.line(now, Color::Green, &text)?;
        }
        if machine.incidents().next().is_none() {
            self.picture.state = (Color::Green, "users are fine".into());
        }
        let (picture, clock) = (&self.picture, now.since(self.start));
        if let Some(live) = &mut self.live {
            // A picture that can't be drawn is drawn a quarter of a second later.
            let _ = live.draw(|frame| picture.draw(frame, now, clock));
        }
        Ok(())
    }

    /// Takes the picture away, so that what follows is printed below the lines.
    pub fn close(&mut self) {
        if let Some(mut live) = self.live.take() {
            let _ = live.clear();
        }
    }

    /// Tells what was said.
    ///
    /// # Errors
    /// If nobody reads lines any more.
    pub fn show(&mut self, said: &Said, now: Timestamp, watch: &Watch) -> io::Result<()> {
        match said {
            Said::Event(event) => self.show_event(event, now),
            Said::Notice(notice) => self.show_notice(notice, now, watch),
        }
    }

    fn show_event(&mut self, event: &Event, now: Timestamp) -> io::Result<()> {
        match event {
            Event::Alert { signal, transition } if transition.kind == TransitionKind::Raised => {
                self.picture.abnormal.insert(signal.place().clone(), now);
                self.abnormal.entry(signal.place().clone()).or_default().push(signal.metric.clone());
            }
            Event::Source { is_news: true, health, .. } if !health.value.is_trustworthy() => {
                self.line(now, Color::DarkGray, &event.to_string())?;
            }
            Event::ObjectiveBreached { symptom, since, .. } => {
                self.told.push(Told {
                    incident: None,
                    symptom: symptom.clone(),
                    noticed: now,
                    diagnosis: None,
                    recovered: None,
                    escalated: false,
                });
                let since = since.since(self.start).as_secs_f64();
                self.state(
                    now,
                    Color::Red,
                    &format!("{symptom}: too many requests are bad since {since:.2}"),
                )?;
            }
            Event::Opened { incident, symptom, diagnosis } => {
                if let Some(told) = self.told.iter_mut().rev().find(|told| told.symptom == *symptom) {
                    told.incident = Some(*incident);
                }
                self.line(now, Color::Red, &format!("incident {incident} is opened by {symptom}:"))?;
                self.show_diagnosis(*incident, diagnosis, now)?;
            }
            Event::Joined { symptom, .. } => {
                // It is no incident of its own.
                let place =
                    self.told.iter().rposition(|told| told.symptom == *symptom && told.incident.is_none());
                place.map(|place| self.told.remove(place));
                self.line(now, Color::Red, &event.to_string())?;
            }
            Event::Diagnosed { incident, diagnosis } => self.show_diagnosis(*incident, diagnosis, now)?,
            _ => {}
        }
        Ok(())
    }

    fn show_diagnosis(&mut self, incident: u64, diagnosis: &Diagnosis, now: Timestamp) -> io::Result<()> {
        if let Some(told) = self.of(incident) {
            told.diagnosis = Some(diagnosis.clone());
        }
        let unexplained = diagnosis.unexplained();
        if unexplained > 0.5 {
            return self.line(now, Color::Yellow, "  no cause stands out yet");
        }
        for cause in diagnosis.causes().iter().take(3).filter(|cause| cause.probability() >= 0.005) {
            let kind = cause.kind.map_or("of no known kind".to_string(), |k| k.to_string());
            let share = 100.0 * cause.probability();
            self.line(now, Color::Yellow, &format!("  {share:.0} % {}: {kind}", cause.component))?;
            let change = |e: &Evidence| matches!(e.subject, Subject::Change(_));
            for (_, evidence) in cause.evidence.iter().enumerate().filter(|(i, e)| *i < 2 || change(e)) {
                let said = self.of_evidence(evidence);
                self.line(now, Color::DarkGray, &format!("      {said}"))?;
            }
        }
        self.line(now, Color::Yellow, &format!("  {:.0} % none of these", 100.0 * unexplained))?;
        Ok(())
    }

    /// Evidence by the clock of the run, in units for people.
    fn of_evidence(&self, evidence: &Evidence) -> String {
        let clock = |at: Timestamp| at.since(self.start).as_secs_f64();
        let (observed, since) = (evidence.observed, clock(evidence.since));
        let (what, name) = match &evidence.subject {
            Subject::Change(component) => {
                return format!("{component} was changed at {since:.2}, {observed:.0} s before");
            }
            Subject::Edge { from, to } => {
                let what = if evidence.unit == Unit::Ratio { "failed calls" } else { "calls" };
                (format!("{what} from {from} to {to}"), "")
            }
            Subject::Signal(signal) => {
                (format!("{} of {}", signal.metric, signal.place()), signal.metric.as_str())
            }
            other => (other.to_string(), ""),
        };
        let expected = evidence
            .expected
            .map_or(String::new(), |x| format!(" instead of {}", quantity(name, evidence.unit, x)));
        format!("{what}: {}{expected}, since {since:.2}", quantity(name, evidence.unit, observed))
    }

    fn show_notice(
        &mut self,
        notice: &Notice<StandardVerb>,
        now: Timestamp,
        watch: &Watch,
    ) -> io::Result<()> {
        match notice {
            Notice::Ruled { action, ruling, .. } => {
                let reasons: Vec<String> = ruling.reasons().iter().map(ToString::to_string).collect();
                let said = if ruling.permits(now, false) {
                    "permitted".into()
                } else {
                    format!("refused: {}", reasons.join("; "))
                };
                self.line(now, Color::Cyan, &format!("  {action}: {said}"))?;
            }
            Notice::Acts { action, .. } => {
                self.state(now, Color::Magenta, &format!("  doing: {action}"))?;
            }
            Notice::Settled { action, outcome, .. } => {
                self.state(now, Color::Magenta, &format!("  {action}: {outcome}"))?;
            }
            Notice::Verified { incident, recovery } => {
                let bound = recovery.map_or("nothing was seen".to_string(), |r| {
                    format!(
                        "bad share between {:.3} and {:.3} after {} requests, objective {:.3}",
                        r.lower(),
                        r.upper(),
                        r.trials(),
                        r.objective()
                    )
                });
                self.line(now, Color::Green, &format!("  incident {incident}: {bound}"))?;
            }
            Notice::Escalate { incident, why } => {
                let text = format!("  incident {incident}: a person is called: {why}");
                self.state(now, Color::Red, &text)?;
                if let Some(told) = self.of(*incident) {
                    told.escalated = true;
                }
            }
            Notice::Closed { incident, outcome } => {
                self.line(now, Color::Green, &format!("incident {incident}: {outcome}"))?;
                let recovered = matches!(outcome, Outcome::Recovered | Outcome::Subsided);
                let diagnosis = watch.machine_state().diagnosis(*incident).cloned();
                if let Some(told) = self.of(*incident) {
                    told.recovered = recovered.then_some(now);
                    told.diagnosis = told.diagnosis.take().or(diagnosis);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn of(&mut self, incident: u64) -> Option<&mut Told> {
        self.told.iter_mut().rev().find(|told| told.incident == Some(incident))
    }

    /// A line that also says how things stand.
    fn state(&mut self, now: Timestamp, color: Color, text: &str) -> io::Result<()> {
        self.picture.state = (color, text.trim().to_string());
        self.line(now, color, text)
    }

    /// What became abnormal in this round.
    fn tell_abnormal(&mut self, now: Timestamp) -> io::Result<()> {
        let abnormal = std::mem::take(&mut self.abnormal);
        let places = abnormal.iter().map(|(place, metrics)| {
            // Whoever it was seen by.
            let named = |metric: &Name| {
                metric.as_str().split_once(" seen by ").map_or(metric.to_string(), |(what, _)| what.into())
            };
            let metrics: BTreeSet<String> = metrics.iter().map(named).collect();
            format!("{place} ({})", Vec::from_iter(metrics).join(", "))
        });
        let places: Vec<String> = places.collect();
        if !places.is_empty() {
            self.line(now, Color::DarkGray, &format!("abnormal: {}", places.join(", ")))?;
        }
        Ok(())
    }

    fn line(&mut self, now: Timestamp, color: Color, text: &str) -> io::Result<()> {
        if !self.abnormal.is_empty() {
            self.tell_abnormal(now)?;
        }
        let at = now.since(self.start).as_secs_f64();
        let mut clock = format!("{at:7.2}  ");
        for part in wrapped(text, WIDTH - clock.len()) {
            match &mut self.live {
                None => say!("{clock}{part}")?,
                Some(live) => {
                    let line = Line::from(vec![Span::raw(clock.clone()), Span::styled(part, color)]);
                    let _ = live.insert_before(1, |buffer| line.render(buffer.area, buffer));
                }
            }
            clock = " ".repeat(clock.len());
        }
        Ok(())
    }
}

/// Lines of at most so many characters, broken between words; those after the first are indented by two more.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start().len();
    let mut lines = vec![" ".repeat(indent)];
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if !is_empty && last + 1 + word.chars().count() > width {
            lines.push(" ".repeat(indent + 2));
            is_empty = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
        }
        is_empty = false;
    }
    lines
}

/// A value of a metric of the shop, in a unit that people think in.
fn quantity(metric: &str, unit: Unit, x: f64) -> String {
    let is_time = metric == "pool_wait"
        || ["latency", "mean", "p50", "p99"].iter().any(|name| metric.starts_with(name));
    match (metric, unit) {
        (_, Unit::Seconds) => format!("{} ms", significant(1e3 * x)),
        (_, Unit::Ratio) => format!("{} %", significant(100.0 * x)),
        _ if is_time => format!("{} ms", significant(1e3 * x)),
        ("memory", _) => format!("{} MB", significant(x / 1e6)),
        ("cpu", _) => format!("{} of a core", significant(x)),
        _ => format!("{}{unit}", significant(x)),
    }
}

/// Three significant digits.
fn significant(x: f64) -> String {
    let digits = if x == 0.0 { 0 } else { (2.0 - x.abs().log10().floor()).clamp(0.0, 6.0) as usize };
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

impl Picture {
    fn draw(&self, frame: &mut Frame<'_>, now: Timestamp, clock: Duration) {
        let [left, right] =
            Layout::horizontal([Constraint::Length(28), Constraint::Min(20)]).areas(frame.area());
        let instances = self.instances.iter().map(|(name, p99)| {
            let abnormal = self.abnormal.get(name).is_some_and(|at| now.since(*at) < MARKED);
            let style = if abnormal { Style::new().yellow().bold() } else { Style::new() };
            match p99 {
                None => Line::from(format!("{name:<13} no answer")).red(),
                Some(p99) if p99.is_nan() => Line::styled(format!("{name:<13}      idle"), style),
                Some(p99) => Line::styled(format!("{name:<13} {:>6.0} ms", 1000.0 * p99), style),
            }
        });
        frame.render_widget(
            Paragraph::new(instances.collect::<Vec<_>>()).block(Block::bordered().title(" 99th percentile ")),
            left,
        );
        let block = Block::bordered().title(self.title.as_str());
        let inside = block.inner(right);
        frame.render_widget(block, right);
        let [head, course, state, bound] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(3),
            Constraint::Length(2),
            Constraint::Length(1),
        ])
        .areas(inside);
        let newest = self.bad.last().copied().unwrap_or(0);
        frame.render_widget(
            Line::from(format!(
                "{:5.0} s  {} requests; bad in each of the last {COURSE} s (now {newest}):",
                clock.as_secs_f64(),
                self.requests
            )),
            head,
        );
        let shown = usize::from(course.width).min(self.bad.len());
        let most = self.bad.iter().copied().max().unwrap_or(0).max(20);
        frame.render_widget(
            Sparkline::default().data(&self.bad[self.bad.len() - shown..]).max(most).red(),
            course,
        );
        frame.render_widget(Paragraph::new(self.state.1.as_str()).fg(self.state.0), state);
        if let Some((upper, objective, trials)) = self.bound {
            let label = format!("bad share ≤ {upper:.3} ({trials} requests), to be < {objective:.3}");
            let reached = (objective / upper.max(objective)).clamp(0.0, 1.0);
            frame.render_widget(
                LineGauge::default().label(label).ratio(reached).filled_style(Color::Green),
                bound,
            );
        }
        // A cursor that is shown stays shown if the program is interrupted.
        frame.set_cursor_position((frame.area().x, frame.area().bottom().saturating_sub(1)));
    }
}
