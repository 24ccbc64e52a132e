//! Masks of the variable parts of log lines.

use std::borrow::Cow;
use std::net::Ipv6Addr;

/// What stands for a variable part of a line.
pub(super) const WILDCARD: &str = "<*>";

/// What of a line is replaced by `<*>` before its template is looked for. Without any regular expression, in one pass.
///
/// | | what is replaced |
/// | --- | --- |
/// | `numbers` | digits with sign, and with points between, also inside of words: `-1.5`, `3.2.1`, the 7 of `eth7` |
/// | `addresses` | IPv4 with port, IPv6 |
/// | `hex` | `0x…`, and words of hexadecimal digits: from 4 on with digits and letters, from 6 on with a digit |
/// | `uuids` | 8-4-4-4-12 hexadecimal digits |
/// | `paths` | what begins with `/` and a name, with a drive and `\`, or with `scheme://` |
///
/// What is masked side by side, with at most the separators `-.:/_,@#|` between, becomes one `<*>`, so that
/// lists and dates of any length look alike.
///
/// *Cost*: O(length); no allocation if nothing is masked.
///
/// ```
/// use evenkeel_locate::logs::Masks;
///
/// let line = "10.0.0.7:80 GET /cart/17?x=1 took 0.3s id=0x1f by node-7";
/// assert_eq!(Masks::all().apply(line), "<*> GET <*>?x=<*> took <*>s id=<*> by node<*>");
/// assert_eq!(Masks::none().apply(line), line);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Masks {
    numbers: bool,
    addresses: bool,
    hex: bool,
    uuids: bool,
    paths: bool,
}

impl Masks {
    /// All of them.
    pub const fn all() -> Self {
        Self { numbers: true, addresses: true, hex: true, uuids: true, paths: true }
    }

    /// None of them.
    pub const fn none() -> Self {
        Self { numbers: false, addresses: false, hex: false, uuids: false, paths: false }
    }

    /// Whether numbers are masked.
    pub const fn numbers(self, numbers: bool) -> Self {
        Self { numbers, ..self }
    }

    /// Whether internet addresses are masked.
    pub const fn addresses(self, addresses: bool) -> Self {
        Self { addresses, ..self }
    }

    /// Whether hexadecimal numbers are masked.
    pub const fn hex(self, hex: bool) -> Self {
        Self { hex, ..self }
    }

    /// Whether UUIDs are masked.
    pub const fn uuids(self, uuids: bool) -> Self {
        Self { uuids, ..self }
    }

    /// Whether paths are masked.
    pub const fn paths(self, paths: bool) -> Self {
        Self { paths, ..self }
    }

    /// The line with what is to be masked replaced by `<*>`.
    #[must_use]
    pub fn apply<'a>(&self, line: &'a str) -> Cow<'a, str> {
        if *self == Self::none() {
            return Cow::Borrowed(line);
        }
        let bytes = line.as_bytes();
        let mut masked = String::new();
        // What comes before `copied` stands in `masked` already.
        let (mut copied, mut at) = (0, 0);
        while at < bytes.len() {
            let Some(length) = self.length(bytes, at) else {
                at += 1;
                continue;
            };
            let between = &line[copied..at];
            let joins =
                masked.ends_with(WILDCARD) && between.bytes().all(|byte| b"-.:/_,@#|".contains(&byte));
            if !joins {
                masked.push_str(between);
                masked.push_str(WILDCARD);
            }
            at += length;
            copied = at;
        }
        if copied == 0 {
            return Cow::Borrowed(line);
        }
        masked.push_str(&line[copied..]);
        Cow::Owned(masked)
    }

    /// The length of what is masked from a place on. Masks begin and end with ASCII, so places stay borders of
    /// characters.
    fn length(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = &bytes[at..];
        let first = rest[0];
        let after = at.checked_sub(1).map(|before| bytes[before]);
        let starts_word = !after.is_some_and(is_word);
        if self.paths && starts_word {
            let path = match first {
                b'/' if after != Some(b'.') && after != Some(b'>') => path(rest),
                _ if first.is_ascii_alphabetic() => address_of_scheme(rest).or_else(|| drive(rest)),
                _ => None,
            };
            if path.is_some() {
                return path;
            }
        }
        if starts_word && first.is_ascii_hexdigit() || first == b':' {
            if self.uuids
                && let Some(length) = uuid(rest)
            {
                return Some(length);
            }
            if self.addresses
                && starts_word
                && let Some(length) = internet(rest)
            {
                return Some(length);
            }
            if self.hex
                && let Some(length) = hex(rest)
            {
                return Some(length);
            }
        }
        self.numbers.then(|| number(rest)).flatten()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// How many bytes in a row hold.
fn run(bytes: &[u8], holds: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| holds(**byte)).count()
}

/// Parts of a path: letters, digits and what names of files hold.
fn is_of_path(byte: u8) -> bool {
    is_word(byte) || b".-+@$%~*".contains(&byte)
}

fn path(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    while bytes.get(length) == Some(&b'/') {
        let name = run(&bytes[length + 1..], is_of_path);
        if name == 0 {
            // A slash at the end belongs to it.
            return (length > 0).then_some(length + 1);
        }
        length += 1 + name;
    }
    (length > 0).then_some(length)
}

fn address_of_scheme(bytes: &[u8]) -> Option<usize> {
    let scheme = run(bytes, |byte| byte.is_ascii_alphanumeric());
    let rest = bytes[scheme..].strip_prefix(b"://")?;
    let length = run(rest, |byte| is_of_path(byte) || b"/:".contains(&byte));
    (length > 0).then_some(scheme + 3 + length)
}

fn drive(bytes: &[u8]) -> Option<usize> {
    (bytes.get(1..3) == Some(b":\\")).then(|| {
        run(bytes, |byte| {
            !byte.is_ascii_whitespace() && !byte.is_ascii_control() && !b",;\"'".contains(&byte)
        })
        .max(3)
    })
}

fn uuid(bytes: &[u8]) -> Option<usize> {
    let is_uuid = bytes.len() >= 36
        && !bytes.get(36).copied().is_some_and(is_word)
        && bytes[..36].iter().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    is_uuid.then_some(36)
}

/// IPv4 with port, or IPv6.
fn internet(bytes: &[u8]) -> Option<usize> {
    // The longest has 45 bytes; a longer run is none, and is not worth the reading.
    let length = run(&bytes[..bytes.len().min(48)], |byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
    if bytes.get(length).copied().is_some_and(is_word) {
        return None;
    }
    let text = core::str::from_utf8(&bytes[..length]).ok()?;
    let text = text.trim_end_matches(['.', ':']);
    let is_v4 =
        || text.parse::<core::net::SocketAddrV4>().is_ok() || text.parse::<core::net::Ipv4Addr>().is_ok();
    let is_v6 = || text.bytes().filter(|byte| *byte == b':').count() > 1 && text.parse::<Ipv6Addr>().is_ok();
    (is_v4() || is_v6()).then_some(text.len())
}

fn hex(bytes: &[u8]) -> Option<usize> {
    if bytes[0] == b'0' && matches!(bytes.get(1), Some(b'x' | b'X')) {
        let digits = run(&bytes[2..], |byte| byte.is_ascii_hexdigit());
        return (digits > 0).then_some(2 + digits);
    }
    let length = run(bytes, |byte| byte.is_ascii_hexdigit());
    let digits = bytes[..length].iter().filter(|byte| byte.is_ascii_digit()).count();
    let ends = !bytes.get(length).copied().is_some_and(is_word);
    (ends && digits > 0 && ((length >= 4 && digits < length) || length >= 6)).then_some(length)
}

fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| run(&bytes[from..], |byte| byte.is_ascii_digit());
    let mut length = usize::from(matches!(bytes[0], b'-' | b'+'));
    let whole = digits(length);
    if whole == 0 {
        return None;
    }
    length += whole;
    while bytes.get(length) == Some(&b'.') {
        let part = digits(length + 1);
        if part == 0 {
            break;
        }
        length += 1 + part;
    }
    Some(length)
}
