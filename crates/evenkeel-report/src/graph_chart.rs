//! The service graph, colored by suspicion.

use crate::drawing::{Drawing, MARGIN, PHONE, possible_width};
use crate::edge_route::{Extent, Ranks};
use crate::element::{Element, label, rectangle};
use crate::graph_layout::{layers, path};
use crate::quantity::percent;
use crate::text_layout;
use evenkeel_core::{Cause, Diagnosis, Name};
use evenkeel_locate::Graph;
use std::collections::{BTreeMap, BTreeSet};

/// Who calls whom, each component colored by the probability that it is the cause, and the way from the symptom to the
/// most probable one.
///
/// Callers are left of callees, on a phone above them. Edges pass between boxes, not behind them. The probability is also written into each box, and the way has a
/// thicker line, so nothing is told by color alone. Of more than [`most`](Self::most) components those are drawn that
/// are suspected, on the way, or called by or calling one of these; the description says how many are left out.
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, Timestamp};
/// use evenkeel_locate::Graph;
/// use evenkeel_report::GraphChart;
///
/// let graph = Graph::from_edges([("edge", "cart", 1.0), ("cart", "store", 1.0), ("edge", "catalog", 1.0)])?;
/// let diagnosis = Diagnosis::new(Timestamp::EPOCH, vec![Cause::new("store", 0.9)?])?;
/// let drawing = GraphChart::new("services", &graph).diagnosis(&diagnosis).symptom_at("edge").draw(700);
/// assert!(drawing.description().contains("edge → cart → store"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct GraphChart {
    title: String,
    graph: Graph,
    suspicion: BTreeMap<Name, f64>,
    first: Option<Name>,
    symptom: Option<Name>,
    most: usize,
}

/// The height of a box, and what is between boxes and between layers, in pixels.
const BOX: f64 = 36.0;
const BETWEEN: f64 = 14.0;
const BETWEEN_LAYERS: f64 = 56.0;
/// What is between rows of boxes, for the edges between them to be told apart.
const BETWEEN_ROWS: f64 = 30.0;
const WIDEST_BOX: f64 = 150.0;
const NARROWEST_BOX: f64 = 64.0;

/// Where a node is: its left upper corner and its width.
type Place = (f64, f64, f64);

impl GraphChart {
    /// A graph of calls.
    pub fn new(title: impl Into<String>, graph: &Graph) -> Self {
        Self {
            title: title.into(),
            graph: graph.clone(),
            suspicion: BTreeMap::new(),
            first: None,
            symptom: None,
            most: 40,
        }
    }

    /// How probable it is of each component that it is the cause: that of its causes together.
    pub fn diagnosis(mut self, diagnosis: &Diagnosis) -> Self {
        self.suspicion.clear();
        for cause in diagnosis.causes() {
            *self.suspicion.entry(cause.component.clone()).or_default() += cause.probability();
        }
        self.first = diagnosis.causes().first().map(|cause: &Cause| cause.component.clone());
        self
    }

    /// Where users feel it: the way from there to the most probable cause is drawn.
    pub fn symptom_at(mut self, component: impl Into<Name>) -> Self {
        self.symptom = Some(component.into());
        self
    }

    /// At most so many components are drawn, at least 2. Default 40.
    pub fn most(mut self, components: usize) -> Self {
        self.most = components.max(2);
        self
    }

    /// The components from the symptom to the most probable cause, along calls. Empty if there is no such way.
    #[must_use]
    pub fn way(&self) -> Vec<Name> {
        self.way_of_nodes().into_iter().map(|node| self.graph.name(node).clone()).collect()
    }

    fn way_of_nodes(&self) -> Vec<usize> {
        let node = |name: &Option<Name>| name.as_ref().and_then(|name| self.graph.index(name.as_str()));
        match (node(&self.symptom), node(&self.first)) {
            (Some(from), Some(to)) => path(&self.graph, from, to),
            _ => Vec::new(),
        }
    }

    /// The nodes that are drawn.
    fn drawn(&self, way: &[usize]) -> BTreeSet<usize> {
        let graph = &self.graph;
        if graph.len() <= self.most {
            return (0..graph.len()).collect();
        }
        let mut suspects: Vec<usize> =
            (0..graph.len()).filter(|node| self.suspicion.contains_key(graph.name(*node))).collect();
        suspects.sort_by(|a, b| {
            let of = |node: usize| self.suspicion[graph.name(node)];
            of(*b).total_cmp(&of(*a)).then_with(|| graph.name(*a).cmp(graph.name(*b)))
        });
        let mut order: Vec<usize> = way.to_vec();
        order.extend(&suspects);
        let near: Vec<usize> = order
            .iter()
            .flat_map(|node| graph.callers(*node).iter().chain(graph.callees(*node)))
            .copied()
            .collect();
        order.extend(near);
        order.extend(0..graph.len());
        let mut drawn = BTreeSet::new();
        for node in order {
            if drawn.len() < self.most {
                drawn.insert(node);
            }
        }
        drawn
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let top = if self.title.is_empty() { 8.0 } else { 34.0 };
        let way = self.way_of_nodes();
        let drawn = self.drawn(&way);
        let layers = layers(&self.graph, &drawn);
        let is_on_way = |from: usize, to: usize| way.windows(2).any(|pair| pair == [from, to]);
        let (ranks, places, height, is_across) = self.places(&layers, width, top);
        let extent = |node: usize| {
            let (x, y, wide) = places[node];
            let (x, y) = ((x, x + wide), (y, y + BOX));
            if is_across { Extent { along: x, across: y } } else { Extent { along: y, across: x } }
        };
        let mut rank_of = vec![0; self.graph.len()];
        for (rank, nodes) in ranks.iter().enumerate() {
            nodes.iter().for_each(|node| rank_of[*node] = rank);
        }
        let end = if is_across { height } else { width };
        let room = (if is_across { top } else { 2.0 }, end - 2.0);
        let extents = |nodes: &Vec<usize>| nodes.iter().map(|node| extent(*node)).collect();
        let routes = Ranks { ranks: ranks.iter().map(extents).collect(), room, is_across };
        let (mut edges, mut on_way) = (Vec::new(), Vec::new());
        for from in &drawn {
            for to in self.graph.callees(*from).iter().filter(|to| drawn.contains(to) && *to != from) {
                let is_way = is_on_way(*from, *to);
                let into = if is_way { &mut on_way } else { &mut edges };
                let route = routes.route((rank_of[*from], extent(*from)), (rank_of[*to], extent(*to)));
                let (edge, head) =
                    if is_way { ("ek-path", "ek-path-arrow") } else { ("ek-edge", "ek-arrow") };
                into.push(Element::new("path").class(edge).attribute("d", route.line));
                into.push(Element::new("path").class(head).attribute("d", route.head));
            }
        }
        // The way is drawn over the other edges, and the boxes over both.
        edges.append(&mut on_way);
        let boxes = drawn.iter().flat_map(|node| self.draw_box(*node, places[*node], way.contains(node)));
        edges.extend(boxes);
        Drawing::new(&self.title, self.describe(&way, &drawn), (width, height), edges)
    }

    /// The nodes rank by rank, where each of them is, how high the drawing is, and whether ranks stand side by side.
    fn places(
        &self,
        layers: &[Vec<usize>],
        width: f64,
        top: f64,
    ) -> (Vec<Vec<usize>>, Vec<Place>, f64, bool) {
        let mut places = vec![(0.0, 0.0, 0.0); self.graph.len()];
        let count = layers.len().max(1) as f64;
        let room = width - 2.0 * MARGIN;
        let wide = (room - BETWEEN_LAYERS * (count - 1.0)) / count;
        let is_across = width >= PHONE && wide >= NARROWEST_BOX;
        if is_across {
            let wide = wide.min(WIDEST_BOX);
            let step = if layers.len() > 1 { (room - wide) / (count - 1.0) } else { 0.0 };
            let longest = layers.iter().map(Vec::len).max().unwrap_or(0) as f64;
            let height = longest * (BOX + BETWEEN);
            for (i, layer) in layers.iter().enumerate() {
                let free = (height - layer.len() as f64 * (BOX + BETWEEN)) / 2.0;
                for (j, node) in layer.iter().enumerate() {
                    let y = top + free + j as f64 * (BOX + BETWEEN);
                    places[*node] = (MARGIN + i as f64 * step, y, wide);
                }
            }
            return (layers.to_vec(), places, top + height, true);
        }
        // Layers one below the other, each in as many rows as it takes.
        let most = ((room + BETWEEN) / (96.0 + BETWEEN)).floor().max(1.0) as usize;
        let (mut y, mut rows) = (top, Vec::new());
        for layer in layers {
            for row in layer.chunks(most) {
                rows.push(row.to_vec());
                let count = row.len() as f64;
                let wide = ((room - BETWEEN * (count - 1.0)) / count).min(WIDEST_BOX);
                let free = (room - count * wide - BETWEEN * (count - 1.0)) / 2.0;
                for (j, node) in row.iter().enumerate() {
                    places[*node] = (MARGIN + free + j as f64 * (wide + BETWEEN), y, wide);
                }
                y += BOX + BETWEEN_ROWS;
            }
            y += BETWEEN;
        }
        (rows, places, y - BETWEEN_ROWS, false)
    }

    fn draw_box(&self, node: usize, (x, y, wide): Place, is_on_way: bool) -> Vec<Element> {
        let name = self.graph.name(node);
        let probability = self.suspicion.get(name).copied();
        let (fill, ink) = suspicion(probability.unwrap_or(0.0));
        let outline = if is_on_way { "ek-node ek-node-path" } else { "ek-node" };
        let frame = rectangle((x, y), (wide, BOX), outline).number("rx", 6.0);
        let inside = rectangle((x, y), (wide, BOX), fill).number("rx", 6.0);
        let middle = x + wide / 2.0;
        let text = |y: f64, text: &str, size: f64| {
            let class = match ink {
                "ek-on-s4" => "ek-middle ek-on-s4",
                "ek-on-s3" => "ek-middle ek-on-s3",
                _ => "ek-middle",
            };
            let short = text_layout::cut(text, size, wide - 6.0);
            let full = Element::new("title").text(text);
            let label = label(middle, y, class, short);
            if size > 11.5 { label.child(&full) } else { label }
        };
        // The frame's own fill is that of the box behind it.
        let mut elements = vec![inside, frame.attribute("fill-opacity", "0")];
        match probability {
            Some(p) if p >= 0.005 => {
                elements.push(text(y + 15.0, name.as_str(), 12.0));
                elements.push(text(y + 29.0, &percent(p), 11.0));
            }
            _ => elements.push(text(y + 22.0, name.as_str(), 12.0)),
        }
        elements
    }

    fn describe(&self, way: &[usize], drawn: &BTreeSet<usize>) -> String {
        let mut text = format!("{} components and {} edges", self.graph.len(), self.graph.edges());
        if drawn.len() < self.graph.len() {
            text += &format!(", of which {} components are drawn", drawn.len());
        }
        let mut suspects: Vec<(&Name, f64)> =
            self.suspicion.iter().map(|(name, p)| (name, *p)).filter(|(_, p)| *p >= 0.005).collect();
        suspects.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        if !suspects.is_empty() {
            let said: Vec<String> =
                suspects.iter().take(5).map(|(name, p)| format!("{name} {}", percent(*p))).collect();
            text += &format!("; suspected are {}", said.join(", "));
        }
        if !way.is_empty() {
            let names: Vec<&str> = way.iter().map(|node| self.graph.name(*node).as_str()).collect();
            text += &format!("; the way from the symptom is {}", names.join(" → "));
        }
        text + "."
    }
}

/// The classes of suspicion, by probability.
fn suspicion(probability: f64) -> (&'static str, &'static str) {
    match probability {
        p if p >= 0.5 => ("ek-s4", "ek-on-s4"),
        p if p >= 0.2 => ("ek-s3", "ek-on-s3"),
        p if p >= 0.05 => ("ek-s2", ""),
        p if p >= 0.01 => ("ek-s1", ""),
        _ => ("ek-s0", ""),
    }
}
