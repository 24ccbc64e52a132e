//! Numbers as text.

use evenkeel_core::Timestamp;

/// A float as the exposition formats write it: decimal digits with point and exponent, `Inf`, `NaN` in any
/// case. Hexadecimal digits, underscores and what overflows are refused, as Prometheus does.
pub(crate) fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let body = match bytes.first()? {
        b'+' | b'-' => &bytes[1..],
        _ => bytes,
    };
    if body.first().is_some_and(|&b| b.is_ascii_digit() || b == b'.') {
        let digits =
            body.iter().all(|&b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
        return text.parse().ok().filter(|value: &f64| digits && value.is_finite());
    }
    let infinite = body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity");
    match (infinite, bytes[0] == b'-') {
        (true, false) => Some(f64::INFINITY),
        (true, true) => Some(f64::NEG_INFINITY),
        (false, _) => bytes.eq_ignore_ascii_case(b"nan").then_some(f64::NAN),
    }
}

/// Seconds since the epoch as decimal text, exact to the nanosecond; digits beyond that are cut off. `None` if
/// it is no number, or outside of the range of [`Timestamp`].
pub(crate) fn seconds(text: &str) -> Option<Timestamp> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], body[at + 1..].parse::<i32>().ok()?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    // The digit at `i` stands for 10^(point - 1 - i) nanoseconds.
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 9;
    let mut nanos: i128 = 0;
    let mut count: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if count >= point {
            break;
        }
        nanos = nanos.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        count += 1;
    }
    while count < point && nanos != 0 {
        nanos = nanos.checked_mul(10)?;
        count += 1;
    }
    let nanos = if negative { -nanos } else { nanos };
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// Seconds since the epoch as the HTTP interface of Prometheus gives them: a double that stands for whole
/// milliseconds. `None` outside of the range of [`Timestamp`].
pub(crate) fn milliseconds_of(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1e3).round();
    // 2^63 ns are 9.2e12 ms; the bound keeps the conversion exact.
    (millis.abs() <= 9.2e12).then(|| Timestamp::from_millis(millis as i64))
}
