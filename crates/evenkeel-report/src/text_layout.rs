//! How much room text takes.

/// The width of a text in a sans-serif font of a size, in pixels; an estimate on the safe side, for the font is the
/// reader's.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    size * text.chars().map(share).sum::<f64>()
}

fn share(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' => 0.7,
        '0'..='9' => 0.64,
        c if c < '\u{1100}' => 0.58,
        _ => 1.05,
    }
}

/// The text, cut with an ellipsis where it is too long.
pub(crate) fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let mut left = room - size;
    let fits = |c: &char| {
        left -= size * share(*c);
        left >= 0.0
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.truncate(short.trim_end().len());
    short + "…"
}

/// The text in lines that fit, broken between words, or within one that is longer than a line. At most `most` lines;
/// what is left then is cut with an ellipsis.
pub(crate) fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = text.split_whitespace().flat_map(|word| pieces(word, size, room)).peekable();
    while let Some(word) = words.next() {
        let joined = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if line.is_empty() || width(&joined, size) <= room {
            line = joined;
            continue;
        }
        if lines.len() + 1 == most {
            let rest = words.fold(format!("{line} {word}"), |rest, word| rest + " " + &word);
            lines.push(cut(&rest, size, room));
            return lines;
        }
        lines.push(std::mem::replace(&mut line, word));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A word in parts that fit a line each.
fn pieces(word: &str, size: f64, room: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0.0;
    for c in word.chars() {
        let more = size * share(c);
        if used + more > room && used > 0.0 {
            pieces.push(String::new());
            used = 0.0;
        }
        used += more;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}
