use crate::stream::{normal, uniform};
use evenkeel_core::{Error, Stage};
use evenkeel_detect::pattern::SymbolSurprise;
use std::collections::HashMap;

fn stage() -> SymbolSurprise {
    SymbolSurprise::builder().build().unwrap()
}

fn mean(stage: &mut SymbolSurprise, stream: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for score in stage.run(stream).flatten() {
        (sum, n) = (sum + score.value(), n + 1.0);
    }
    sum / n
}

#[test]
fn refuses_what_is_no_setting() {
    for (builder, name) in [
        (SymbolSurprise::builder().warm_up(15), "warm_up"),
        (SymbolSurprise::builder().depth(5), "depth"),
        (SymbolSurprise::builder().memory(3), "memory"),
        (SymbolSurprise::builder().memory(32_769), "memory"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

/// The definition, word by word: counts of what followed each context, by the letters of it.
struct Definition {
    warm_up: usize,
    depth: usize,
    memory: u32,
    values: Vec<f64>,
    counts: HashMap<(usize, usize, Vec<u8>), HashMap<u8, u32>>,
    /// Of each of the six texts, the letters so far.
    texts: HashMap<(usize, usize), Vec<u8>>,
    ranges: [(f64, f64); 2],
    outside: [f64; 2],
    surprises: Vec<f64>,
    relearned: u64,
}

impl Definition {
    fn new(warm_up: usize, depth: usize, memory: u32) -> Self {
        Self {
            warm_up,
            depth,
            memory,
            values: Vec::new(),
            counts: HashMap::new(),
            texts: HashMap::new(),
            ranges: [(0.0, 0.0); 2],
            outside: [0.0; 2],
            surprises: vec![0.0; 3],
            relearned: 0,
        }
    }

    fn letter(x: f64, (low, high): (f64, f64), letters: u8) -> u8 {
        let wide = (high - low) / f64::from(letters);
        if x < low - 0.5 * wide {
            0
        } else if x > high + 0.5 * wide {
            letters + 1
        } else {
            (1..letters).find(|i| x < low + f64::from(*i) * wide).unwrap_or(letters)
        }
    }

    fn probability(&mut self, view: usize, alphabet: usize, letters: u8, letter: u8) -> f64 {
        // Before the first letter there was the lowest one, four times.
        let text = self.texts.entry((view, alphabet)).or_insert(vec![0; 4]);
        let mut p = 1.0 / f64::from(letters + 2);
        for length in 0..=self.depth {
            let context = text[text.len() - length..].to_vec();
            let counts = self.counts.entry((view, alphabet, context)).or_default();
            let n: u32 = counts.values().sum();
            let c = counts.get(&letter).copied().unwrap_or(0);
            p = (f64::from(c) + p) / (f64::from(n) + 1.0);
            *counts.entry(letter).or_insert(0) += 1;
            if n + 1 >= self.memory {
                counts.values_mut().for_each(|count| *count /= 2);
            }
        }
        text.push(letter);
        p
    }

    fn learn(&mut self, x: f64, before: f64) -> f64 {
        let mut surprise = 0.0;
        for (view, number) in [x, x - before].into_iter().enumerate() {
            let mut is_outside = false;
            for (alphabet, letters) in [6, 8, 12].into_iter().enumerate() {
                let letter = Self::letter(number, self.ranges[view], letters);
                is_outside |= letter == 0 || letter == letters + 1;
                surprise -= self.probability(view, alphabet, letters, letter).ln() / 6.0;
            }
            let outside = &mut self.outside[view];
            *outside += (f64::from(u8::from(is_outside)) - *outside) / self.warm_up as f64;
        }
        self.surprises.push(surprise);
        let t = self.surprises.len() - 3;
        self.surprises[t..].iter().sum::<f64>() / 3.0 / (t as f64 + 10.0).ln()
    }

    fn begin(&mut self) {
        let last = self.values[self.values.len() - self.warm_up..].to_vec();
        let range = |numbers: &[f64]| {
            (
                numbers.iter().copied().fold(f64::MAX, f64::min),
                numbers.iter().copied().fold(f64::MIN, f64::max),
            )
        };
        let steps: Vec<f64> = last.windows(2).map(|pair| pair[1] - pair[0]).collect();
        self.ranges = [range(&last), range(&steps)];
        self.counts.clear();
        self.texts.clear();
        for (i, x) in last.iter().enumerate() {
            self.learn(*x, last[i.saturating_sub(1)]);
        }
        self.outside = [0.0; 2];
    }

    fn update(&mut self, x: f64) -> Option<f64> {
        if !x.is_finite() {
            return None;
        }
        self.values.push(x);
        if self.values.len() <= self.warm_up {
            if self.values.len() == self.warm_up {
                self.begin();
            }
            return None;
        }
        let score = self.learn(x, self.values[self.values.len() - 2]);
        if self.outside.iter().any(|share| *share > 0.5) {
            self.begin();
            self.relearned += 1;
        }
        Some(score)
    }
}

/// Noise, a cycle, gaps, a level shift, and one value far off.
fn series(seed: u64) -> impl Iterator<Item = f64> {
    normal(seed).take(2_500).enumerate().map(|(i, z)| {
        let cycle = [0.0, 4.0, 1.0, 9.0, 9.0, 2.0, 5.0][i % 7];
        match i {
            700..705 => f64::NAN,
            900 => 300.0,
            1_500.. => 1_000.0 + cycle + z,
            _ => cycle + 0.4 * z,
        }
    })
}

#[test]
fn it_is_its_definition() {
    for (depth, warm_up, memory) in
        [(0, 400, 32_768), (1, 16, 4), (2, 100, 30), (3, 400, 32_768), (3, 50, 100), (4, 200, 500)]
    {
        let mut builder = SymbolSurprise::builder().depth(depth).warm_up(warm_up);
        builder = builder.memory(u16::try_from(memory).unwrap());
        let mut stage = builder.build().unwrap();
        let mut definition = Definition::new(warm_up, depth, memory);
        for (i, x) in series(depth as u64).enumerate() {
            let said = stage.update(x).map(|score| score.value());
            let expected = definition.update(x);
            match (said, expected) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "depth {depth}, {i}: {a} {b}"),
                _ => assert_eq!(said, expected, "depth {depth}, {i}"),
            }
        }
        assert_eq!(stage.relearned(), definition.relearned);
        assert!(definition.relearned > 0, "the shift is learned again");
    }
}

/// On average the score is the entropy of what it reads, over the logarithm of how much it has read.
#[test]
fn surprise_is_close_to_the_entropy() {
    // Uniform values: ln 6, ln 8 and ln 12. Their steps have the triangular distribution, of entropy 1/2 - ln 2
    // less in units of the range.
    let entropy = f64::ln(6.0 * 8.0 * 12.0) / 3.0 + 0.5 * (0.5 - f64::ln(2.0));
    let mut whole = SymbolSurprise::builder().depth(0).build().unwrap();
    mean(&mut whole, uniform(1).take(20_000));
    let noise = mean(&mut whole, uniform(2).take(20_000)) * f64::ln(30_000.0);
    assert!((noise - entropy).abs() < 0.06, "{noise} {entropy}");
    let period = mean(&mut stage(), (0..20_000).map(|i| f64::from([0, 3, 1, 7, 5, 2, 6][i % 7])));
    assert!(period < 0.01, "{period}");
}

/// Context matters: letters that are ordinary, in an order that is not. Without context it does not.
#[test]
fn order_is_noticed() {
    let saw = |i: u32| f64::from(i % 10);
    let notices = |depth: usize| {
        let mut surprise = SymbolSurprise::builder().depth(depth).build().unwrap();
        mean(&mut surprise, (0..3000).map(saw));
        let calm = mean(&mut surprise, (0..20).map(saw));
        let shuffled = mean(&mut surprise, (0..20).map(|i| saw(7 * i)));
        (calm, shuffled)
    };
    let (calm, shuffled) = notices(3);
    assert!(calm < 0.05 && shuffled > 0.4, "{calm} {shuffled}");
    let (calm, shuffled) = notices(0);
    assert!(shuffled < 4.0 * calm, "{calm} {shuffled}");
}

#[test]
fn a_level_shift_is_relearnt() {
    let mut surprise = stage();
    let mut noise = normal(2);
    let calm = mean(&mut surprise, noise.by_ref().take(3000));
    assert_eq!(surprise.relearned(), 0);
    let before = surprise.range().unwrap();
    assert!(before.0 < -2.5 && before.1 > 2.5 && before.1 < 6.0);
    // The shift itself is a surprise, of which a third counts at once.
    let first = surprise.update(1000.0).unwrap().value();
    assert!(first > 1.4 * calm, "{first} {calm}");
    mean(&mut surprise, noise.by_ref().take(1000).map(|z| 1000.0 + z));
    assert!(surprise.relearned() > 0);
    assert!(surprise.range().unwrap().1 > 980.0);
    let usual = mean(&mut surprise, noise.by_ref().take(1000).map(|z| 1000.0 + z));
    // What leaves the new range is a surprise again.
    let odd = mean(&mut surprise, [900.0, 1000.0, 900.0]);
    assert!(odd > 1.4 * usual, "{odd} {usual}");
}

#[test]
fn constants_and_their_ends() {
    for depth in 0..=4 {
        let mut surprise = SymbolSurprise::builder().depth(depth).build().unwrap();
        assert!(mean(&mut surprise, [5.0; 2000]) < 0.01);
        // A letter that was never seen, after contexts that were met often.
        let never = mean(&mut surprise, [5.1]) * 3.0;
        assert!(never > 0.9 && never < 1.4 + depth as f64, "{depth}: {never}");
        assert_eq!(surprise.update(f64::NAN), None);
    }
}
