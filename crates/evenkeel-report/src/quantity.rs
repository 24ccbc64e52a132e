//! Numbers as people read them.

use evenkeel_core::Unit;

/// A value in its unit, with three significant digits: `820 ms`, `3.5 MB`, `47 %`, `12/s`.
#[must_use]
pub fn quantity(value: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = value.abs();
    match unit {
        Unit::Seconds if size == 0.0 => "0 s".into(),
        Unit::Seconds if size < 1e-3 => format!("{} µs", significant(1e6 * value)),
        Unit::Seconds if size < 1.0 => format!("{} ms", significant(1e3 * value)),
        Unit::Seconds if size < 600.0 => format!("{} s", significant(value)),
        Unit::Seconds if size < 36_000.0 => format!("{} min", significant(value / 60.0)),
        Unit::Seconds => format!("{} h", significant(value / 3_600.0)),
        Unit::Bytes => scaled(value, &["B", "kB", "MB", "GB", "TB", "PB"], " "),
        Unit::Ratio => format!("{} %", significant(100.0 * value)),
        Unit::PerSecond => format!("{}/s", scaled(value, &["", "k", "M", "G"], "")),
        _ => scaled(value, &["", "k", "M", "G", "T"], ""),
    }
}

/// With a thousand of one as the next.
fn scaled(value: f64, units: &[&str], space: &str) -> String {
    let mut value = value;
    for unit in &units[..units.len() - 1] {
        // Whatever would be written as 1000 belongs to the next.
        if value.abs() < 999.5 || (unit.is_empty() && value.abs() < 9_999.5) {
            return format!("{}{space}{unit}", significant(value)).trim_end().to_string();
        }
        value /= 1e3;
    }
    let last = units[units.len() - 1];
    format!("{}{space}{last}", significant(value))
}

/// A number with three significant digits, without needless zeros; four where it is a whole number below ten thousand.
#[must_use]
pub fn significant(value: f64) -> String {
    digits(value, 3)
}

/// A number with so many significant digits, without needless zeros.
pub(crate) fn digits(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    let power = size.log10().floor();
    if !(-5.0..9.0).contains(&power) {
        let text = format!("{value:.*e}", digits.saturating_sub(1));
        return match text.split_once('e') {
            Some((mantissa, power)) if mantissa.contains('.') => {
                format!("{}e{power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        };
    }
    let decimals = (digits as f64 - 1.0 - power).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// A probability in whole per cent, which is neither 0 nor 100 unless it is.
pub(crate) fn percent(probability: f64) -> String {
    match probability {
        p if p > 0.0 && p < 0.005 => "<1 %".into(),
        p if (0.995..1.0).contains(&p) => ">99 %".into(),
        p => format!("{:.0} %", 100.0 * p),
    }
}
