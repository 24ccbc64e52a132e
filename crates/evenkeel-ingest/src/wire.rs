//! Walking over protobuf bytes without decoding them: how much is in a message is known before memory is
//! taken for it.

use crate::error::Error;

/// A field: its number and its payload (empty for the fixed and variable ones).
pub(crate) type Field<'a> = (u32, &'a [u8]);

/// The fields of a message, one by one.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    /// Where `rest` begins in the body.
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8], offset: usize) -> Self {
        Self { rest: message, offset }
    }

    /// Where the next field begins in the body.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        self.offset += n;
        Some(taken)
    }

    fn variable(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn field(&mut self) -> Option<Field<'a>> {
        let key = self.variable()?;
        let number = u32::try_from(key >> 3).ok().filter(|&number| number > 0)?;
        let payload: &[u8] = match key & 7 {
            0 => {
                self.variable()?;
                &[]
            }
            1 => self.take(8).map(|_| &[][..])?,
            2 => {
                let length = usize::try_from(self.variable()?).ok()?;
                self.take(length)?
            }
            5 => self.take(4).map(|_| &[][..])?,
            _ => return None,
        };
        Some((number, payload))
    }

    /// The next field; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Field<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        self.field().map(Some).ok_or_else(|| Error::at(0, offset, "no protobuf field"))
    }
}
