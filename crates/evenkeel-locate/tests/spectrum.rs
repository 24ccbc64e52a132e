//! Coverage of traces.

use evenkeel_locate::spectrum::{Span, Spectrum, SpectrumFormula, TraceCoverage};
use proptest::prelude::*;

const ALL: [SpectrumFormula; 8] = [
    SpectrumFormula::Ochiai,
    SpectrumFormula::Tarantula,
    SpectrumFormula::DStar(2),
    SpectrumFormula::Jaccard,
    SpectrumFormula::Op2,
    SpectrumFormula::Barinel,
    SpectrumFormula::Kulczynski2,
    SpectrumFormula::TraceRcaF,
];

fn span(id: &str, parent: Option<&str>, component: &str, start: i64, end: i64) -> Span {
    Span::new(id, parent, component, "call", (start, end))
}

#[test]
fn time_of_children_is_not_their_parents() {
    let mut coverage = TraceCoverage::new();
    // The children overlap, and one outlasts its parent.
    let children = |end: i64| {
        vec![
            span("a", None, "edge", 0, 100),
            span("b", Some("a"), "cart", 10, 40),
            span("c", Some("a"), "cart", 30, end),
            span("lost", Some("nobody"), "store", 0, 7),
        ]
    };
    coverage.trace(&children(60), false).unwrap();
    coverage.trace(&children(150), true).unwrap();
    let ranked = coverage.rank(SpectrumFormula::Ochiai);
    let of = |name: &str| ranked.iter().find(|found| found.component == name).unwrap();
    // 100 - 50 before, 100 - 90 now; the cart 30 + 30 before, 30 + 120 now.
    assert!((of("edge").exclusive_excess.unwrap() + 40e-9).abs() < 1e-18);
    assert!((of("cart").exclusive_excess.unwrap() - 90e-9).abs() < 1e-18);
    assert_eq!(of("store").exclusive_excess, Some(0.0));
    // All took part in all: their own time decides.
    assert_eq!(ranked[0].component, "cart");
    assert_eq!(of("cart").spectrum, Spectrum::new(1, 1, 0, 0));
}

#[test]
fn bad_spans_are_refused_and_change_nothing() {
    let mut coverage = TraceCoverage::new();
    let backwards = [span("a", None, "edge", 5, 4)];
    assert_eq!(
        coverage.trace(&backwards, true).unwrap_err().to_string(),
        "end must be not before start, was 4"
    );
    let twice = [span("a", None, "edge", 0, 4), span("a", None, "edge", 0, 4)];
    assert_eq!(
        coverage.trace(&twice, true).unwrap_err().to_string(),
        "id must be of one span of a trace only, was a"
    );
    assert_eq!(coverage, TraceCoverage::new());
    // A cycle, one's own parent, extreme times.
    let odd = [
        span("a", Some("b"), "x", i64::MIN, i64::MAX),
        span("b", Some("a"), "y", i64::MIN, i64::MAX),
        span("c", Some("c"), "z", 0, 0),
    ];
    coverage.trace(&odd, true).unwrap();
    coverage.trace(&[], false).unwrap();
    assert_eq!((coverage.failed(), coverage.fine()), (1, 1));
    assert!(ALL.iter().all(|formula| coverage.rank(*formula).len() == 3));
    assert!(TraceCoverage::new().rank(SpectrumFormula::Op2).is_empty());
}

proptest! {
    #[test]
    fn scores_are_numbers_and_more_failures_are_never_less_suspicious(ef in 0..1_000_u64, ep in 0..1_000_u64, nf in 0..1_000_u64, np in 0..1_000_u64) {
        for formula in ALL {
            let score = formula.score(&Spectrum::new(ef, ep, nf, np));
            prop_assert!(!score.is_nan());
            if nf > 0 {
                prop_assert!(formula.score(&Spectrum::new(ef + 1, ep, nf - 1, np)) >= score - 1e-12, "{formula:?}");
            }
        }
        prop_assert!(!SpectrumFormula::DStar(u32::MAX).score(&Spectrum::new(u64::MAX, 1, u64::MAX, 1)).is_nan());
    }

    #[test]
    fn order_makes_no_difference(traces in prop::collection::vec((any::<bool>(), prop::collection::vec((0..4_usize, 0..50_i64, 0..50_i64), 0..6)), 0..12)) {
        let names = ["edge", "cart", "store", "ads"];
        let spans = |trace: &[(usize, i64, i64)]| -> Vec<Span> {
            trace.iter().enumerate().map(|(i, (name, start, length))| {
                let parent = i.checked_sub(1).map(|parent| parent.to_string());
                span(&i.to_string(), parent.as_deref(), names[*name], *start, start + length)
            }).collect()
        };
        let (mut forwards, mut backwards) = (TraceCoverage::new(), TraceCoverage::new());
        for (failed, trace) in &traces {
            forwards.trace(&spans(trace), *failed).unwrap();
        }
        for (failed, trace) in traces.iter().rev() {
            let mut spans = spans(trace);
            spans.reverse();
            backwards.trace(&spans, *failed).unwrap();
        }
        prop_assert_eq!(&forwards, &backwards);
        prop_assert_eq!(forwards.rank(SpectrumFormula::Ochiai), backwards.rank(SpectrumFormula::Ochiai));
    }
}
