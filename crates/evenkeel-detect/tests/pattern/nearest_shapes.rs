use crate::stream::normal;
use core::f64::consts::TAU;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::pattern::NearestShapes;

#[test]
fn refuses_what_is_no_setting() {
    let builder = NearestShapes::builder;
    for (builder, name) in [
        (builder().window(7), "window"),
        (builder().window(100_001), "window"),
        (builder().history(99), "history"),
        (builder().history(1_000_001), "history"),
        (builder().history(383), "history"),
        (builder().window(50).history(299), "history"),
        (builder().neighbors(0), "neighbors"),
        (builder().neighbors(17), "neighbors"),
        (builder().soften(f64::NAN), "soften"),
        (builder().soften(-0.1), "soften"),
        (builder().soften(10.1), "soften"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    assert!(builder().window(50).history(300).build().is_ok());
}

/// The settings, and all points so far with the scale of the shape that ends at each.
struct Definition {
    window: usize,
    history: usize,
    neighbors: usize,
    soften: f64,
    points: Vec<f64>,
    held: Vec<bool>,
    /// The softened variance of the shape that ends here.
    softened: Vec<f64>,
    moments: (f64, f64),
    values: Vec<Option<f64>>,
    last: Option<f64>,
}

impl Definition {
    fn shape(&self, end: usize, width: usize) -> &[f64] {
        &self.points[end + 1 - width..=end]
    }

    fn standardized(&self, end: usize, width: usize) -> Option<Vec<f64>> {
        let missing = self.held[end + 1 - width..=end].iter().filter(|held| **held).count();
        if 4 * missing > width || self.softened[end] <= 0.0 {
            return None;
        }
        let shape = self.shape(end, width);
        let mean = shape.iter().sum::<f64>() / width as f64;
        Some(shape.iter().map(|x| (x - mean) / self.softened[end].sqrt()).collect())
    }

    fn distance(&self, width: usize) -> Option<f64> {
        let end = self.points.len() - 1;
        let farthest = (self.points.len().checked_sub(width)?).min(self.history);
        let own = self.standardized(end, width)?;
        if farthest < 5 * width {
            return None;
        }
        // The oldest first; none that shares a point.
        let squares: Vec<f64> = (width..=farthest)
            .rev()
            .map(|lag| {
                self.standardized(end - lag, width).map_or(f64::INFINITY, |other| {
                    own.iter().zip(&other).map(|(x, y)| (x - y).powi(2)).sum::<f64>() / width as f64
                })
            })
            .collect();
        let mut blocks: Vec<(usize, f64)> = squares
            .chunks(16)
            .map(|block| block.iter().copied().fold(f64::INFINITY, f64::min))
            .enumerate()
            .collect();
        let mut found = Vec::new();
        for _ in 0..self.neighbors {
            blocks.retain(|(_, square)| square.is_finite());
            let Some((at, square)) = blocks.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            found.push(square.sqrt());
            blocks.retain(|(other, _)| other.abs_diff(at) > 1);
        }
        (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
    }

    fn update(&mut self, x: f64) -> Option<f64> {
        let each = (self.window / 32).max(1);
        let width = self.window / each;
        let x = Some(x).filter(|x| x.is_finite());
        if x.is_none() && self.values.is_empty() && self.points.is_empty() {
            return None;
        }
        self.values.push(x);
        if self.values.len() == each {
            let came: Vec<f64> = self.values.drain(..).flatten().collect();
            let mean = came.iter().sum::<f64>() / came.len() as f64;
            self.points.push(if came.is_empty() { *self.points.last().unwrap() } else { mean });
            self.held.push(came.is_empty());
            let rate = 1.0 / self.points.len().min(2 * self.history) as f64;
            let step = self.points[self.points.len() - 1] - self.moments.0;
            self.moments.0 += rate * step;
            self.moments.1 = (1.0 - rate) * (self.moments.1 + rate * step * step);
            let end = self.points.len() - 1;
            let variance = if end + 1 < width {
                0.0
            } else {
                let shape = self.shape(end, width);
                let mean = shape.iter().sum::<f64>() / width as f64;
                shape.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64
            };
            self.softened.push(variance + self.soften.powi(2) * self.moments.1);
            self.last = self.distance(width);
        }
        x.and(self.last)
    }
}

/// A cycle with noise, levels, a gap, a flat stretch, a strange cycle.
fn series(seed: u64, length: usize) -> impl Iterator<Item = f64> {
    normal(seed).take(length).enumerate().map(|(i, z)| {
        let phase = i as f64 / 37.0 * TAU;
        match i {
            0..2 => f64::NAN,
            900..910 => f64::NAN,
            1_000.. if i % 213 < 3 => f64::NAN,
            1_300..1_400 => 5.0 + 0.01 * z,
            1_500..1_537 => 3.0 * (phase.sin() * 2.0).cos(),
            2_000.. => 50.0 + 3.0 * phase.sin() + 0.2 * z,
            _ => 3.0 * phase.sin() + 0.2 * z,
        }
    })
}

/// Against all distances of all shapes, far past what its buffers hold.
#[test]
fn it_is_its_definition() {
    for (window, history, neighbors, soften, length) in [
        (8, 100, 3, 0.3, 3_000),
        (30, 200, 3, 0.3, 2_500),
        (16, 137, 1, 0.0, 3_000),
        (63, 400, 5, 0.3, 2_500),
        (64, 300, 3, 1.0, 4_000),
        (100, 200, 16, 0.3, 5_000),
        (200, 230, 2, 10.0, 9_000),
    ] {
        let builder = NearestShapes::builder().window(window).history(history);
        let mut stage = builder.neighbors(neighbors).soften(soften).build().unwrap();
        let mut definition = Definition {
            window,
            history,
            neighbors,
            soften,
            points: Vec::new(),
            held: Vec::new(),
            softened: Vec::new(),
            moments: (0.0, 0.0),
            values: Vec::new(),
            last: None,
        };
        let mut compared = 0;
        for (i, x) in series(window as u64, length).enumerate() {
            let said = stage.update(x).map(|score| score.value());
            let expected = definition.update(x);
            match (said, expected) {
                (Some(a), Some(b)) => {
                    // A root of rounding, where two shapes are alike.
                    assert!((a - b).abs() < 1e-6 + 1e-8 / b.max(1e-6), "window {window}, {i}: {a} {b}");
                    compared += 1;
                }
                _ => assert_eq!(said, expected, "window {window}, {i}"),
            }
        }
        assert!(compared > length / 2, "window {window}: {compared}");
    }
}

/// Whatever the window is found to be, it goes on as if it had been given.
#[test]
fn a_found_window_is_as_one_that_is_given() {
    for (period, window) in [(37.0, 11), (200.0, 60), (10.0, 8)] {
        let value = |(i, z): (usize, f64)| (i as f64 / period * TAU).sin() + 0.05 * z;
        let mut found = NearestShapes::builder().build().unwrap();
        let mut given = NearestShapes::builder().window(window).build().unwrap();
        for (i, x) in normal(4).take(6_000).enumerate().map(value).enumerate() {
            let expected = given.update(x);
            let said = found.update(x);
            if i >= 1_000 {
                assert_eq!(said, expected, "{period}, {i}");
            }
        }
        assert_eq!(found.window(), Some(window), "{period}");
        assert_eq!(found.values_per_point(), Some(1));
    }
    let mut noise = NearestShapes::builder().build().unwrap();
    normal(5).take(1_000).for_each(|x| {
        noise.update(x);
    });
    assert_eq!(noise.window(), Some(30), "where no period stands out");
}

/// A strange shape that has come once before is still strange; units and levels make no difference.
#[test]
fn strange_shapes_stand_out_in_any_unit() {
    // With some noise: of blocks that are equally near, rounding would choose.
    let noise: Vec<f64> = normal(7).take(3_000).map(|z| 0.01 * z).collect();
    let value = |i: usize| {
        let sine = (i as f64 / 40.0 * TAU).sin();
        noise[i]
            + if (1_600..1_640).contains(&i) || (2_400..2_440).contains(&i) { sine.min(0.2) } else { sine }
    };
    let scores = |unit: f64, level: f64| -> Vec<f64> {
        let mut shapes = NearestShapes::builder().build().unwrap();
        (0..3_000).map(|i| shapes.update(level + unit * value(i)).map_or(0.0, |s| s.value())).collect()
    };
    let usual = scores(1.0, 0.0);
    let highest = |from: usize, to: usize| usual[from..to].iter().copied().fold(0.0, f64::max);
    assert!(highest(1_600, 1_652) > 0.3 && highest(2_400, 2_452) > 0.2);
    assert!(highest(1_200, 1_600) < 0.1 && highest(1_700, 2_400) < 0.1);
    for (unit, level) in [(1e-12, 0.0), (1e12, 0.0), (1.0, -1e6), (1e90, 1e92)] {
        for (i, (a, b)) in usual.iter().zip(scores(unit, level)).enumerate() {
            assert!((a - b).abs() < 1e-3, "{unit} {level} {i}: {a} {b}");
        }
    }
}

/// A level far from where it began costs digits, but scores stay within their range.
#[test]
fn scores_stay_in_their_range() {
    for level in [1e3, 1e9, 1e14, 1e40, 1e100] {
        let mut shapes = NearestShapes::builder().window(16).history(100).build().unwrap();
        for (i, z) in normal(6).take(4_000).enumerate() {
            let x = if i % 1_000 < 500 { z } else { (level + z).min(1e100) };
            if let Some(score) = shapes.update(x) {
                assert!((0.0..=2.0 + 1e-9).contains(&score.value()), "{level} {i}: {score:?}");
            }
        }
    }
}
