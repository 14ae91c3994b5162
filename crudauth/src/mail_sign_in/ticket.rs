use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::secret::{RandomError, random};

/// The characters of 32 bytes.
const LENGTH: usize = 43;

/// 32 random bytes as text: the token of a link, the name of a flow, or the mark of a browser.
pub(super) struct Ticket(Zeroizing<String>);

impl Ticket {
    pub(super) fn new() -> Result<Self, RandomError> {
        let bytes = Zeroizing::new(random::<32>()?);
        Ok(Self(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes))))
    }

    /// Reads what a client sent. `None` if it does not have the form of a ticket.
    pub(super) fn read(shown: &str) -> Option<Self> {
        let is_one = shown.len() == LENGTH && Base64UrlUnpadded::decode_vec(shown).is_ok();
        is_one.then(|| Self(Zeroizing::new(shown.to_owned())))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Ticket;

    #[test]
    fn a_ticket_is_read_as_it_was_written_and_nothing_else_is() {
        let ticket = Ticket::new().expect("random");
        assert_eq!(ticket.as_str().len(), 43);
        let read = Ticket::read(ticket.as_str()).expect("well formed");
        assert_eq!(read.as_str(), ticket.as_str());
        assert_eq!(format!("{ticket:?}"), "Ticket(..)");
        for other in ["", "x", &"A".repeat(42), &"A".repeat(44), &"\0".repeat(43), &"=".repeat(43)]
        {
            assert!(Ticket::read(other).is_none(), "{other}");
        }
    }
}
