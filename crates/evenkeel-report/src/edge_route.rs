//! How an edge is drawn between two boxes without running behind a third.
//!
//! Boxes stand in ranks: columns where callers are left of callees, rows where they are above them. `along` is the
//! direction from rank to rank, `across` the one within a rank.

/// A box, in either direction from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub(crate) along: (f64, f64),
    pub(crate) across: (f64, f64),
}

impl Extent {
    fn middle(self) -> f64 {
        0.5 * (self.across.0 + self.across.1)
    }

    fn share(self, share: f64) -> f64 {
        self.across.0 + share * (self.across.1 - self.across.0)
    }
}

/// How near to a box an edge may pass it, in pixels.
const CLEARANCE: f64 = 5.0;
/// How far an edge within a rank goes out of it, in pixels.
const OUT: f64 = 16.0;

/// Where ranks, boxes and the borders of the drawing are.
#[derive(Debug)]
pub(crate) struct Ranks {
    pub(crate) ranks: Vec<Vec<Extent>>,
    /// Between which values of `across` an edge may run.
    pub(crate) room: (f64, f64),
    /// Whether ranks are columns.
    pub(crate) is_across: bool,
}

/// An edge: the data of its path, and of its head.
#[derive(Debug, PartialEq)]
pub(crate) struct Route {
    pub(crate) line: String,
    pub(crate) head: String,
}

impl Ranks {
    /// The way from a box of a rank to a box of another.
    pub(crate) fn route(&self, (from_rank, from): (usize, Extent), (to_rank, to): (usize, Extent)) -> Route {
        if from_rank == to_rank {
            return self.around(from, to);
        }
        let is_forward = from_rank < to_rank;
        // Back edges leave and arrive beside those that go forward.
        let (start, end) = match is_forward {
            true => ((from.along.1, from.middle()), (to.along.0, to.middle())),
            false => ((from.along.0, from.share(0.25)), (to.along.1, to.share(0.75))),
        };
        let mut points = vec![start];
        let between: Vec<usize> = match is_forward {
            true => (from_rank + 1..to_rank).collect(),
            false => (to_rank + 1..from_rank).rev().collect(),
        };
        for rank in between {
            let boxes = &self.ranks[rank];
            let first = boxes.iter().map(|b| b.along.0).fold(f64::INFINITY, f64::min) - 2.0;
            let last = boxes.iter().map(|b| b.along.1).fold(f64::NEG_INFINITY, f64::max) + 2.0;
            let share = (0.5 * (first + last) - start.0) / (end.0 - start.0);
            let wanted = start.1 + share * (end.1 - start.1);
            let across = self.gap(boxes, wanted);
            let (enter, leave) = if is_forward { (first, last) } else { (last, first) };
            points.extend([(enter, across), (leave, across)]);
        }
        points.push(end);
        let sign = if is_forward { 1.0 } else { -1.0 };
        let mut line = format!("M{}", self.point(start));
        for (i, pair) in points.windows(2).enumerate() {
            let (a, b) = (pair[0], pair[1]);
            if i % 2 == 1 {
                line += &format!("L{}", self.point(b));
                continue;
            }
            let half = 0.5 * (b.0 - a.0);
            // The line ends within the head.
            let stop = if i + 2 == points.len() { (b.0 - 4.0 * sign, b.1) } else { b };
            line += &format!(
                "C{} {} {}",
                self.point((a.0 + half, a.1)),
                self.point((b.0 - half, b.1)),
                self.point(stop)
            );
        }
        Route { line, head: self.head(end, (sign, 0.0)) }
    }

    /// From a box to another of its rank: out of the rank and back into it.
    fn around(&self, from: Extent, to: Extent) -> Route {
        let (start, end) = ((from.along.1, from.share(0.7)), (to.along.1, to.share(0.3)));
        let (a, b) = ((start.0 + OUT, start.1), (end.0 + OUT, end.1));
        let stop = (end.0 + 4.0, end.1);
        let line = format!("M{}C{} {} {}", self.point(start), self.point(a), self.point(b), self.point(stop));
        Route { line, head: self.head(end, (-1.0, 0.0)) }
    }

    /// Where a rank can be passed, nearest to where that is wanted.
    fn gap(&self, boxes: &[Extent], wanted: f64) -> f64 {
        let mut sides: Vec<(f64, f64)> = boxes.iter().map(|b| b.across).collect();
        sides.sort_by(|a, b| a.0.total_cmp(&b.0));
        let starts = std::iter::once(self.room.0 - CLEARANCE).chain(sides.iter().map(|side| side.1));
        let ends = sides.iter().map(|side| side.0).chain([self.room.1 + CLEARANCE]);
        let gaps = starts.zip(ends).map(|(start, end)| (start + CLEARANCE, end - CLEARANCE));
        let nearest = gaps.filter(|(start, end)| start <= end).map(|(start, end)| wanted.clamp(start, end));
        nearest.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs())).unwrap_or(wanted)
    }

    /// A point as the drawing has it.
    fn point(&self, (along, across): (f64, f64)) -> String {
        let (x, y) = if self.is_across { (along, across) } else { (across, along) };
        let tenth = |x: f64| (10.0 * x).round() / 10.0;
        format!("{} {}", tenth(x), tenth(y))
    }

    /// A triangle that ends at a point, in a direction.
    fn head(&self, end: (f64, f64), (ux, uy): (f64, f64)) -> String {
        let back = (end.0 - 8.0 * ux, end.1 - 8.0 * uy);
        let corner = |sign: f64| (back.0 - 4.0 * sign * uy, back.1 + 4.0 * sign * ux);
        format!("M{}L{} {}z", self.point(end), self.point(corner(1.0)), self.point(corner(-1.0)))
    }
}
