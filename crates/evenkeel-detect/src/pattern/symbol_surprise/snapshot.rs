//! Snapshots: the counts of each context; the rest follows from the settings.

use super::contexts::{self, Contexts};
use super::symbol_surprise::{LARGEST_END, LETTERS, MOST_NATS, SymbolSurprise, SymbolSurpriseBuilder, View};
use alloc::vec::Vec;
use evenkeel_core::{Error, PlausibilityCheck, observed};

evenkeel_core::exact_as_is!(SymbolSurpriseBuilder, SavedView);

evenkeel_core::state! {
    SymbolSurprise as struct Saved("SymbolSurprise@3") {
        settings: SymbolSurpriseBuilder,
        views: Vec<SavedView>,
        last: f64,
        ring: Vec<f64>,
        next: usize,
        held: usize,
        learned: u64,
        recent: Vec<f64>,
        relearned: u64,
        check: PlausibilityCheck,
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SavedView {
    #[serde(with = "evenkeel_core::exact")]
    range: [f64; 3],
    texts: Vec<SavedText>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SavedText {
    before: [u8; contexts::DEEPEST],
    counts: Vec<u16>,
}

impl From<&View> for SavedView {
    fn from(view: &View) -> Self {
        let text = |text: &Contexts| {
            let (before, counts) = text.parts();
            SavedText { before: *before, counts: counts.to_vec() }
        };
        Self { range: [view.low, view.high, view.outside], texts: view.texts.iter().map(text).collect() }
    }
}

impl From<&SymbolSurprise> for Saved {
    fn from(s: &SymbolSurprise) -> Self {
        Self {
            settings: s.settings,
            views: s.views.iter().map(SavedView::from).collect(),
            last: s.last,
            ring: s.ring.to_vec(),
            next: s.next,
            held: s.held,
            learned: s.learned,
            recent: s.recent.to_vec(),
            relearned: s.relearned,
            check: s.check,
        }
    }
}

impl TryFrom<Saved> for SymbolSurprise {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let settings = parts.settings;
        settings.validate()?;
        let texts = |view: &SavedView| {
            view.texts.len() == LETTERS.len()
                && view.texts.iter().zip(LETTERS).all(|(text, letters)| {
                    let letters = usize::from(letters) + 2;
                    let nodes = contexts::contexts(letters, settings.depth);
                    text.counts.len() == nodes * letters
                })
        };
        // What was sent must be as large as what is asked for, before room is made for it.
        let sizes =
            parts.views.len() == 2 && parts.views.iter().all(texts) && parts.ring.len() == settings.warm_up;
        Error::require(sizes, "parts", "as many as the settings say", "others")?;
        let (next, held) = (parts.next, parts.held);
        let filled = held == settings.warm_up;
        Error::require(
            next < settings.warm_up && held <= settings.warm_up && (filled || next == held),
            "next",
            "a place in the ring",
            next,
        )?;
        let values = parts.ring.iter().chain([&parts.last]).all(|x| observed(*x).is_some());
        Error::require(values, "ring", "observed values", "others")?;
        Error::require(parts.relearned <= 1 << 53, "relearned", "at most 2^53", parts.relearned)?;
        let mut stage = settings.build()?;
        for (view, saved) in stage.views.iter_mut().zip(&parts.views) {
            let [low, high, outside] = saved.range;
            // A share above a half waits for the next plausible value to take the range anew.
            // Differences can be twice as large as values.
            let range = low <= high && low >= -LARGEST_END && high <= LARGEST_END;
            Error::require(
                range && (0.0..=1.0).contains(&outside),
                "range",
                "low and high, and a share",
                format_args!("{low}, {high}, {outside}"),
            )?;
            (view.low, view.high, view.outside) = (low, high, outside);
            for (text, saved) in view.texts.iter_mut().zip(&saved.texts) {
                let sound = text.restore(saved.before, &saved.counts, settings.memory);
                Error::require(sound, "texts", "counts of letters", "others")?;
            }
        }
        let [a, b, c] = parts.recent[..] else {
            return Err(Error::Shape { what: "recent", expected: 3, found: parts.recent.len() });
        };
        let recent = [a, b, c];
        let sound = recent.iter().all(|x| (0.0..=MOST_NATS).contains(x)) && parts.learned <= 1 << 53;
        Error::require(sound, "recent", "three surprises in nats", format_args!("{recent:?}"))?;
        (stage.recent, stage.learned) = (recent, parts.learned);
        (stage.last, stage.check) = (parts.last, parts.check);
        stage.ring.copy_from_slice(&parts.ring);
        (stage.next, stage.held, stage.relearned) = (next, held, parts.relearned);
        Ok(stage)
    }
}
