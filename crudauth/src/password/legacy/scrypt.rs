//! scrypt (RFC 7914).

use base64ct::{Base64Unpadded, Encoding as _};
use scrypt::Params;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{decode_hex, fields, value};
use crate::password::{Password, cost};

pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let stored = Stored::parse(stored)?;
    Some(password.spellings().any(|text| stored.is_of(text)))
}

struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn parse(stored: &str) -> Option<Self> {
        let parsed =
            if stored.starts_with('$') { Self::phc(stored) } else { Self::werkzeug(stored) };
        // A digest of a few bytes would match by chance.
        parsed.filter(|parsed| (16..=64).contains(&parsed.output.len()))
    }

    /// `$scrypt$ln=16,r=8,p=1$salt$hash`
    fn phc(stored: &str) -> Option<Self> {
        let ["", "scrypt", costs, salt, output] = fields(stored, '$')? else { return None };
        let [log_n, r, p] = fields(costs, ',')?;
        Some(Self {
            params: bearable_params(
                value(log_n, "ln")?.parse().ok()?,
                value(r, "r")?.parse().ok()?,
                value(p, "p")?.parse().ok()?,
            )?,
            salt: Base64Unpadded::decode_vec(salt).ok()?,
            output: Base64Unpadded::decode_vec(output).ok()?,
        })
    }

    /// `scrypt:32768:8:1$salt$hex`, where the text of the salt is the salt.
    fn werkzeug(stored: &str) -> Option<Self> {
        let [method, salt, output] = fields(stored, '$')?;
        let ["scrypt", n, r, p] = fields(method, ':')? else { return None };
        let n: u64 = n.parse().ok().filter(|n: &u64| n.is_power_of_two())?;
        Some(Self {
            params: bearable_params(n.ilog2(), r.parse().ok()?, p.parse().ok()?)?,
            salt: salt.as_bytes().to_vec(),
            output: decode_hex(output)?,
        })
    }

    fn is_of(&self, text: &str) -> bool {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        scrypt::scrypt(text.as_bytes(), &self.salt, &self.params, &mut output).is_ok()
            && output.ct_eq(&self.output).into()
    }
}

/// Checked before the crate sees them, so that none of its sums can overflow.
fn bearable_params(log_n: u32, r: u32, p: u32) -> Option<Params> {
    let memory_bytes = 128_u64.checked_mul(r.into())?.checked_mul(1_u64.checked_shl(log_n)?)?;
    if log_n == 0 || !cost::memory_hard_is_bearable(memory_bytes, p.into()) {
        return None;
    }
    Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RIGHT, UNICODE, assert_is_of, check};
    use super::*;

    // Made with passlib and Werkzeug.
    const PASSLIB: &str =
        "$scrypt$ln=8,r=8,p=1$XetdK+Wc894b47x3bi3F+A$PSYqj2CiVe3zfOGvhiVIHgQ8BlSTR6x1RV3NhL5ksSY";
    const PASSLIB_TWO_LANES: &str =
        "$scrypt$ln=6,r=4,p=2$07p3LqX0Pkeode69V8q5lw$kajQX71YJ3VP9HdNKvT7qo+mL0/5EwOB9tHNT5Uu5Vc";
    const PASSLIB_UNICODE: &str =
        "$scrypt$ln=6,r=8,p=1$XwsBoNT6n/OeEwJgDGFsrQ$F7LAHGB0Ql1ybDbssCKIFuOGc5EuMifVJMYr/6V30DM";
    const WERKZEUG: &str = "scrypt:1024:8:1$MaN4RuiNArJnE5wb$a9ea55cbdd962a88589380ae11fb35fa8b9e5fe52bec6e841aa78a5d260a41832a87e2fdd224ecf45e2465798bfe9e24ba7bc8de7838c264f71ec50a891089b6";
    const WERKZEUG_UNICODE: &str = "scrypt:256:8:1$d8Ys3HfwM97beq30$2a987c4149feac6c8fc77651de77b790bae0b8a31e3149309489faeb59c3b0b5fc5f47bb4d461990cdb84d63ad405d491d4db051f2ee6f15af03b851b663be66";

    #[test]
    fn every_form_verifies() {
        for stored in [PASSLIB, PASSLIB_TWO_LANES, WERKZEUG] {
            assert_is_of(RIGHT, stored);
        }
        for stored in [PASSLIB_UNICODE, WERKZEUG_UNICODE] {
            assert_is_of(UNICODE, stored);
        }
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        let with_costs = |costs| PASSLIB.replace("ln=8,r=8,p=1", costs);
        let with_method = |method| WERKZEUG.replace("scrypt:1024:8:1", method);
        for stored in [
            "$scrypt$".to_owned(),
            "scrypt:".to_owned(),
            "scrypt:1024:8:1$salt".to_owned(),
            "scrypt:1024:8:1$salt$00".to_owned(),
            "$scrypt$ln=8,r=8,p=1$XetdK+Wc894b47x3bi3F+A$".to_owned(),
            with_costs("r=8,ln=8,p=1"),
            with_costs("ln=0,r=8,p=1"),
            with_costs("ln=8,r=0,p=1"),
            with_costs("ln=8,r=8,p=0"),
            with_costs("ln=-8,r=8,p=1"),
            with_costs("ln=19,r=8,p=1"),
            with_costs("ln=18,r=8,p=5"),
            with_costs("ln=64,r=8,p=1"),
            with_costs("ln=63,r=4294967295,p=4294967295"),
            with_costs("ln=1,r=1,p=4294967295"),
            with_method("scrypt:1000:8:1"),
            with_method("scrypt:0:8:1"),
            with_method("scrypt:9223372036854775808:8:1"),
        ] {
            assert_eq!(check(RIGHT, &stored), None, "{stored}");
        }
        // What OWASP advises is far from the caps.
        assert!(bearable_params(17, 8, 1).is_some());
        assert!(bearable_params(13, 8, 10).is_some());
    }
}
