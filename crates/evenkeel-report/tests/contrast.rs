//! Contrast of the colors, by the formula of WCAG 2.2.

use evenkeel_report::STYLE;
use std::collections::BTreeMap;

/// The custom properties of a block of the style.
fn colors(block: &str) -> BTreeMap<String, [f64; 3]> {
    let mut colors = BTreeMap::new();
    for part in block.split("--").skip(1) {
        let Some((name, rest)) = part.split_once(":#") else { continue };
        let byte = |i: usize| f64::from(u8::from_str_radix(&rest[i..i + 2], 16).unwrap()) / 255.0;
        colors.insert(name.to_string(), [byte(0), byte(2), byte(4)]);
    }
    colors
}

fn luminance(color: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2])
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn themes(style: &str) -> [BTreeMap<String, [f64; 3]>; 2] {
    let (light, dark) = style.split_once("@media (prefers-color-scheme:dark)").unwrap();
    let [light, dark] = [colors(light), colors(dark.split_once("}}").unwrap().0)];
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>(), "both have all colors");
    [light, dark]
}

#[test]
fn the_formula_is_that_of_wcag() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    // #767676 on white is the well-known limit of 4.54.
    assert!((contrast([118.0 / 255.0; 3], [1.0; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn text_and_lines_stand_out_in_both_themes() {
    for theme in themes(STYLE) {
        let against = |name: &str, behind: &str| contrast(theme[name], theme[behind]);
        for (text, behind) in [
            ("ink", "surface"),
            ("muted", "surface"),
            ("good", "surface"),
            ("alert", "surface"),
            ("ink", "s0"),
            ("ink", "s1"),
            ("ink", "s2"),
            ("on-s3", "s3"),
            ("on-s4", "s4"),
        ] {
            assert!(against(text, behind) >= 4.5, "{text} on {behind}: {:.2}", against(text, behind));
        }
        for line in ["value", "expected", "alert", "warn", "c0", "c1", "c2", "c3", "c4", "c5"] {
            assert!(against(line, "surface") >= 3.0, "{line}: {:.2}", against(line, "surface"));
        }
    }
    for theme in themes(include_str!("../style/page.css")) {
        for text in ["text", "soft", "link", "done", "open"] {
            for behind in ["card", "page"] {
                let found = contrast(theme[text], theme[behind]);
                assert!(found >= 4.5, "{text} on {behind}: {found:.2}");
            }
        }
    }
}
