//! CSRF tokens for pages: another text in each page.
//!
//! The size of a compressed page tells whether two of its parts are alike. Where a page has a secret
//! and what a foreign page makes its visitor send, that page could find the secret out, if it were the
//! same each time (BREACH).

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::secret::{Digest, RandomError, fill_random};

const TOKEN: usize = 32;

/// `token` under fresh random bytes: these, then both combined by XOR, in base64url.
pub(super) fn mask(token: &Digest) -> Result<String, RandomError> {
    let mut pad = [0; TOKEN];
    fill_random(&mut pad)?;
    let masked = xor(&pad, token.bytes());
    Ok(Base64UrlUnpadded::encode_string(&[pad, masked].concat()))
}

/// The token in hexadecimal that a page shows masked; `None` where `shown` is no masked token.
pub(super) fn unmask(shown: &[u8]) -> Option<String> {
    let mut bytes = [0; 2 * TOKEN];
    let decoded = Base64UrlUnpadded::decode(shown, &mut bytes).ok()?;
    let (pad, masked) = decoded.split_first_chunk()?;
    Some(const_hex::encode(xor(pad, masked.try_into().ok()?)))
}

fn xor(left: &[u8; TOKEN], right: &[u8; TOKEN]) -> [u8; TOKEN] {
    std::array::from_fn(|at| left[at] ^ right[at])
}

#[cfg(test)]
mod tests {
    use super::{mask, unmask};
    use crate::secret::Digester;

    #[test]
    fn a_masked_token_is_another_text_each_time_and_always_the_same_token() {
        let token = Digester::of_key(b"key", "test").digest(b"session");
        let [one, two] = [(); 2].map(|()| mask(&token).expect("random bytes"));
        assert_ne!(one, two);
        // Neither half is the same in both, nor shows the token.
        assert_ne!(one[..42], two[..42]);
        assert_ne!(one[44..], two[44..]);
        for masked in [one, two] {
            assert!(!masked.contains(&token.to_hex()));
            assert_eq!(unmask(masked.as_bytes()), Some(token.to_hex()));
            assert_eq!(unmask(&masked.as_bytes()[..85]), None);
            assert_eq!(unmask(format!("{masked}A").as_bytes()), None);
        }
        assert_eq!(unmask(token.to_hex().as_bytes()), None, "it is not masked");
    }
}
