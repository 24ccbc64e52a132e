//! The little YAML that rules are written in.

use alloc::format;
use alloc::string::String;

/// Text in double quotes, in which everything can be written.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_plain(c) => out.push(c),
            c if u32::from(c) <= 0xFFFF => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Lines of a text as a block below `indent` spaces, or in quotes where a block could not hold it as it is.
pub(super) fn block(text: &str, indent: usize) -> String {
    let fits = text.chars().all(|c| is_plain(c) || c == '\n')
        && !text.is_empty()
        && text.lines().all(|line| !line.trim().is_empty() && line.trim_end() == line)
        && !text.starts_with(' ')
        && !text.ends_with('\n');
    if !fits {
        return quoted(text);
    }
    let mut out = String::from("|-");
    for line in text.lines() {
        out.push('\n');
        out.extend(core::iter::repeat_n(' ', indent));
        out.push_str(line);
    }
    out
}

/// What YAML allows as it is, but for line breaks.
fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}
