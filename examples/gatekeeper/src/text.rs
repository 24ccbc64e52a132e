//! Text from outside, made harmless: one line, bounded, without characters that a terminal or a reader takes
//! for something else than text.

/// A text of at most `most` characters on one line: white space becomes a space; control characters, and
/// characters that turn the direction of what follows or are not seen at all, become U+FFFD.
///
/// ```
/// use evenkeel_gatekeeper::text::one_line;
///
/// assert_eq!(one_line("drop\n\u{1b}[2Jtable", 100), "drop \u{FFFD}[2Jtable");
/// assert_eq!(one_line("abcdef", 4), "abcd…");
/// ```
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == most {
            line.push('…');
            break;
        }
        line.push(match c {
            c if c.is_whitespace() => ' ',
            c if is_unseen(c) => '\u{FFFD}',
            c => c,
        });
    }
    line
}

/// Whether there is anything in a text that is seen.
#[must_use]
pub fn says_something(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_unseen(c))
}

/// Control characters; those that turn the direction of text; zero-width ones; tags; fillers, blanks and variation selectors,
/// in which text can be hidden.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
        || matches!(
            c,
            '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'
                ..='\u{180F}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
        )
        || matches!(c, '\u{FE00}'..='\u{FE0F}')
}
