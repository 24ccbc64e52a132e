//! Walking over protobuf bytes without decoding them: how much is in a message is known before memory is
//! taken for it.

use crate::error::Error;

/// A field: its number and its payload (empty for the fixed and variable ones).
pub(crate) type Field<'a> = (u32, &'a [u8]);

/// What a field holds, by how it is written.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    Variable(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32,
}

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

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// A number of seven bits a byte; `None` beyond 64 bits.
    fn variable(&mut self) -> Option<u64> {
        let mut value = 0;
        for (i, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.take(i + 1)?;
                return (i < 9 || byte <= 1).then_some(value);
            }
        }
        None
    }

    #[inline]
    fn field(&mut self) -> Option<(u32, Held<'a>)> {
        let key = self.variable()?;
        let number = u32::try_from(key >> 3).ok().filter(|&number| number > 0)?;
        let held = match key & 7 {
            0 => Held::Variable(self.variable()?),
            1 => Held::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.variable()?).ok()?;
                Held::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Held::Fixed32)?,
            _ => return None,
        };
        Some((number, held))
    }

    /// The next field with what it holds; `None` at the end.
    #[inline]
    pub(crate) fn next_held(&mut self) -> Result<Option<(u32, Held<'a>)>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        self.field().map(Some).ok_or_else(|| Error::at(0, offset, "no protobuf field"))
    }

    /// The next of numbers that are packed into a field; `None` at the end.
    #[cfg(feature = "remote-write")]
    pub(crate) fn packed(&mut self) -> Result<Option<u64>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        self.variable().map(Some).ok_or_else(|| Error::at(0, offset, "no protobuf number"))
    }

    /// The next field; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Field<'a>>, Error> {
        let payload = |held| if let Held::Bytes(bytes) = held { bytes } else { &[] };
        Ok(self.next_held()?.map(|(number, held)| (number, payload(held))))
    }
}
