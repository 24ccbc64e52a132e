//! The other drawings: what they say, and what they refuse.

use crate::sample::{at, diagnosis, values};
use core::time::Duration;
use evenkeel_core::{At, Cause, Diagnosis, Error, Prediction};
use evenkeel_locate::Graph;
use evenkeel_report::{
    BacktestChart, Better, CauseChart, DecompositionChart, GraphChart, ResultTable, StateChart, Timeline,
    TimelineChart, TimelineKind,
};
use evenkeel_series::{Series, Stl};

#[test]
fn causes_are_ranked_and_the_rest_is_told() {
    let drawing =
        CauseChart::new("", &diagnosis("store", "pool_wait")).most_causes(2).most_evidence(1).draw(600);
    let said = drawing.description();
    assert!(said.starts_with("store (pool exhausted) 84 %, for pool_wait of store-1 is 0.91 s"), "{said}");
    assert!(said.ends_with("1 others; none of these 5 %."), "{said}");
    let svg = drawing.to_string();
    let place = |text: &str| svg.find(text).unwrap_or_else(|| panic!("{text} in {svg}"));
    assert!(place(">store (pool exhausted)</text>") < place(">cart (slow)</text>"));
    assert!(
        place(">84 %</text>") < place(">9 %</text>") && place(">9 %</text>") < place(">none of these</text>")
    );
    let nobody = Diagnosis::new(at(0), Vec::new()).unwrap();
    assert_eq!(CauseChart::new("", &nobody).draw(600).description(), "none of these 100 %.");
}

#[test]
fn the_way_is_a_shortest_one_and_ties_are_by_name() {
    let graph = Graph::from_edges([
        ("a", "c", 1.0),
        ("a", "b", 1.0),
        ("b", "z", 1.0),
        ("c", "z", 1.0),
        ("z", "a", 1.0),
    ])
    .unwrap();
    let blamed = |name: &str| Diagnosis::new(at(0), vec![Cause::new(name, 0.9).unwrap()]).unwrap();
    let way = |from: &str, to: &str| {
        let chart = GraphChart::new("", &graph).diagnosis(&blamed(to)).symptom_at(from);
        chart.way().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(way("a", "z"), "a b z");
    assert_eq!(way("z", "c"), "z a c");
    assert_eq!(way("a", "a"), "a");
    assert_eq!(way("a", "unknown"), "");
    let apart = Graph::from_edges([("a", "b", 1.0), ("c", "d", 1.0)]).unwrap();
    assert!(GraphChart::new("", &apart).diagnosis(&blamed("d")).symptom_at("a").way().is_empty());
}

#[test]
fn of_a_large_graph_the_suspects_are_drawn() {
    let names: Vec<String> = (0..300).map(|i| format!("n{i:03}")).collect();
    let edges = (1..300).map(|i| (names[(i - 1) / 3].as_str(), names[i].as_str(), 1.0));
    let graph = Graph::from_edges(edges).unwrap();
    let blamed =
        Diagnosis::new(at(0), vec![Cause::new("n250", 0.9).unwrap(), Cause::new("n120", 0.05).unwrap()])
            .unwrap();
    let drawing = GraphChart::new("", &graph).diagnosis(&blamed).symptom_at("n000").most(20).draw(900);
    assert!(drawing.description().contains("of which 20 components are drawn"), "{}", drawing.description());
    let svg = drawing.to_string();
    for name in ["n000", "n250", "n120", "n083"] {
        assert!(svg.contains(&format!(">{name}")), "{name}");
    }
    assert_eq!(svg.matches("class=\"ek-node").count(), 20);
    let empty = Graph::builder().build().unwrap();
    assert!(GraphChart::new("", &empty).draw(500).description().starts_with("0 components"));
}

#[test]
fn a_timeline_is_in_order_and_each_incident_has_its_own() {
    let mut timeline = Timeline::new();
    timeline.push(at(5), TimelineKind::Action, Some(1), "second");
    timeline.push(at(2), TimelineKind::Incident, Some(1), "first");
    timeline.push(at(5), TimelineKind::Action, Some(2), "of another");
    timeline.push(at(4), TimelineKind::Alert, None, "between");
    timeline.push(at(1), TimelineKind::Alert, None, "before");
    let what = |timeline: &Timeline| {
        timeline.entries().iter().map(|e| e.what.clone()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(what(&timeline), "before, first, between, second, of another");
    assert_eq!(what(&timeline.of_incident(1, None)), "first, between, second");
    assert_eq!(what(&timeline.of_incident(1, Some(at(0)))), "before, first, between, second");
    assert_eq!(what(&timeline.of_incident(3, None)), "");
    let svg = TimelineChart::new("", &timeline).sentences(3).draw(700).to_string();
    assert!(
        svg.contains(">incident 1: first</text>")
            && svg.contains(">and 2 more</text>")
            && !svg.contains(">incident 2")
    );
    assert_eq!(TimelineChart::new("", &Timeline::new()).draw(700).description(), "nothing happened");
}

#[test]
fn decompositions_states_backtests_and_tables_refuse_what_does_not_fit() {
    let series = |n: i64| {
        Series::new(at(0), Duration::from_secs(1), values(n, 0..0, 1).iter().map(|x| x.value).collect())
            .unwrap()
    };
    let fitted = Stl::new(24).fit(series(200).values()).unwrap();
    assert!(matches!(
        DecompositionChart::new("", &series(199), &fitted),
        Err(Error::Shape { expected: 199, found: 200, .. })
    ));
    let drawing = DecompositionChart::new("", &series(200), &fitted).unwrap().draw(500);
    assert!(drawing.description().contains("strength of the trend"), "{}", drawing.description());

    let some = values(4, 0..0, 1);
    assert!(matches!(StateChart::new("", &some, &[0]), Err(Error::Shape { expected: 4, found: 1, .. })));
    assert!(matches!(
        StateChart::new("", &some, &[0, 0, 64, 0]),
        Err(Error::Parameter { name: "state", .. })
    ));
    let backwards: Vec<At<f64>> = some.iter().rev().copied().collect();
    assert!(matches!(StateChart::new("", &backwards, &[0; 4]), Err(Error::Parameter { name: "values", .. })));
    let drawing = StateChart::new("", &some, &[0, 2, 2, 2]).unwrap().draw(500);
    assert!(
        drawing.description().contains("state 0 25 % of the time; state 1 0 % of the time; state 2 75 %")
    );
    assert_eq!(StateChart::new("", &[], &[]).unwrap().draw(500).description(), "no values");

    let early = [At::new(at(3), Prediction::new(1.0, 1.0).unwrap())];
    let chart = BacktestChart::new("", &some, 0.9).unwrap();
    assert!(matches!(chart.clone().fold(at(3), early), Err(Error::Parameter { .. })));
    assert_eq!((chart.mean_absolute_error(), chart.coverage()), (None, None));
    assert!(BacktestChart::new("", &some, 1.0).is_err());
    // Values 0, 1, 2, 3; forecast 1.5 with a band of 0.5 and a bit: half of them are inside.
    let ramp: Vec<At<f64>> = (0..4).map(|i| At::new(at(i), i as f64)).collect();
    let flat = (0..4).map(|i| At::new(at(i), Prediction::new(1.5, 0.4).unwrap()));
    let chart = BacktestChart::new("", &ramp, 0.9).unwrap().fold(at(-1), flat).unwrap();
    assert_eq!((chart.mean_absolute_error(), chart.coverage()), (Some(1.0), Some(0.5)));

    let table = || ResultTable::new("", [("a", Better::Higher), ("b", Better::Lower)]);
    assert!(matches!(table().row("m", [1.0]), Err(Error::Shape { expected: 2, found: 1, .. })));
    let table = table()
        .row("m", [0.9, 0.5])
        .unwrap()
        .row("n", [0.9, f64::NAN])
        .unwrap()
        .row("o", [0.1, 0.7])
        .unwrap();
    let drawing = table.draw(700);
    assert_eq!(
        drawing.description(),
        "3 methods. m: a 0.9 (best), b 0.5 (best); n: a 0.9 (best), b missing; o: a 0.1, b 0.7."
    );
    assert_eq!(table.draw(300).to_string().matches('★').count(), 3);
}

/// The places along a path of moves, lines and cubic curves.
fn places(data: &str) -> Vec<(f64, f64)> {
    let spaced: String = data
        .chars()
        .map(|c| if c.is_ascii_alphabetic() { format!(" {c} ") } else { c.to_string() })
        .collect();
    let (mut all, mut numbers, mut verb) = (Vec::<(f64, f64)>::new(), Vec::<f64>::new(), "");
    for word in spaced.split_whitespace() {
        match word.parse() {
            Ok(number) => numbers.push(number),
            Err(_) => verb = word,
        }
        let points: Vec<(f64, f64)> = numbers.chunks_exact(2).map(|p| (p[0], p[1])).collect();
        match (verb, points.as_slice()) {
            ("M", [a]) => all.push(*a),
            ("L" | "C", [.., _])
                if points.len() == if verb == "L" { 1 } else { 3 } && numbers.len() % 2 == 0 =>
            {
                let from = all[all.len() - 1];
                let (a, b, to) = if verb == "L" {
                    (from, points[0], points[0])
                } else {
                    (points[0], points[1], points[2])
                };
                let bezier = |t: f64, c: [f64; 4]| {
                    let u = 1.0 - t;
                    u.powi(3) * c[0] + 3.0 * u * u * t * c[1] + 3.0 * u * t * t * c[2] + t.powi(3) * c[3]
                };
                let step = |i: i32| {
                    let t = f64::from(i) / 50.0;
                    (bezier(t, [from.0, a.0, b.0, to.0]), bezier(t, [from.1, a.1, b.1, to.1]))
                };
                all.extend((1..=50).map(step));
            }
            _ => continue,
        }
        numbers.clear();
    }
    all
}

/// An edge that passes a layer runs between its boxes, however wide the drawing is.
#[test]
fn no_edge_runs_behind_a_box() {
    let shop =
        [("edge", "cart"), ("edge", "catalog"), ("edge", "store"), ("cart", "store"), ("catalog", "store")];
    let chain = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d"), ("d", "b"), ("d", "c")];
    let wide: Vec<(String, String)> = (0..9)
        .flat_map(|i| [("edge".to_string(), format!("n{i}")), (format!("n{i}"), "store".to_string())])
        .chain([("edge".to_string(), "store".to_string())])
        .collect();
    let graphs = [
        Graph::from_edges(shop.map(|(a, b)| (a, b, 1.0))).unwrap(),
        Graph::from_edges(chain.map(|(a, b)| (a, b, 1.0))).unwrap(),
        Graph::from_edges(wide.iter().map(|(a, b)| (a.as_str(), b.as_str(), 1.0))).unwrap(),
        Graph::from_edges(crate::browser::CALLS).unwrap(),
    ];
    let attribute = |line: &str, name: &str| -> String {
        line.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_string()
    };
    for (i, graph) in graphs.iter().enumerate() {
        for width in [240, 328, 519, 700, 960] {
            let svg = GraphChart::new("", graph).draw(width).to_string();
            let elements = || svg.split('<');
            let number = |element: &str, name: &str| attribute(element, name).parse::<f64>().unwrap();
            let boxes: Vec<[f64; 4]> = elements()
                .filter(|e| e.starts_with("rect") && e.contains("ek-node"))
                .map(|e| ["x", "y", "width", "height"].map(|name| number(e, name)))
                .collect();
            assert_eq!(boxes.len(), graph.len());
            let edges: Vec<&str> =
                elements().filter(|e| e.starts_with("path") && e.contains("\"ek-edge\"")).collect();
            assert_eq!(edges.len(), graph.edges());
            for edge in edges {
                let behind = places(&attribute(edge, "d")).into_iter().find(|(px, py)| {
                    (boxes.iter()).any(|[x, y, w, h]| {
                        (x + 1.0..x + w - 1.0).contains(px) && (y + 1.0..y + h - 1.0).contains(py)
                    })
                });
                assert_eq!(behind, None, "graph {i} at {width}: {edge}");
            }
        }
    }
}

/// Below an axis of time nothing lies on anything else, whenever it begins: not the date on the zone, not a date on
/// the next.
#[test]
fn words_below_an_axis_of_time_do_not_overlap() {
    let midnight = evenkeel_core::Timestamp::from_seconds(1_795_046_400);
    for length in [6, 70, 4_000, 40_000] {
        for shift in 0..40 {
            let from = midnight - Duration::from_secs(length * shift / 30);
            let mut timeline = Timeline::new();
            timeline.push(from, TimelineKind::Change, None, "a");
            timeline.push(from + Duration::from_secs(length), TimelineKind::Change, None, "b");
            let svg = TimelineChart::new("", &timeline).sentences(0).draw(328).to_string();
            let texts = svg.split("<text ").skip(1).map(|text| {
                let (head, rest) = text.split_once('>').unwrap();
                let number = |name: &str| -> f64 {
                    head.split(&format!("{name}=\""))
                        .nth(1)
                        .unwrap()
                        .split('"')
                        .next()
                        .unwrap()
                        .parse()
                        .unwrap()
                };
                let (x, wide) = (number("x"), 6.0 * rest.split('<').next().unwrap().len() as f64);
                let anchor = if head.contains("ek-end") {
                    1.0
                } else if head.contains("ek-middle") {
                    0.5
                } else {
                    0.0
                };
                (number("y"), x - anchor * wide, x + (1.0 - anchor) * wide)
            });
            let texts: Vec<(f64, f64, f64)> = texts.collect();
            for (i, a) in texts.iter().enumerate() {
                let lies_on = |b: &&(f64, f64, f64)| a.0 == b.0 && a.1 < b.2 && b.1 < a.2;
                assert_eq!(texts[i + 1..].iter().find(lies_on), None, "{length} s from {from}: {svg}");
                assert!(a.1 >= 0.0 && a.2 <= 328.0 + 6.0, "{length} s from {from}: {svg}");
            }
        }
    }
}
