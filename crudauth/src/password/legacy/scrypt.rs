//! scrypt (RFC 7914).

use base64ct::{Base64Unpadded, Encoding as _};
use scrypt::Params;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{decode_base64, decode_hex, fields, value};
use crate::password::{Password, cost};

pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let stored = Stored::parse(stored)?;
    // better-auth hashes the NFKC.
    let nfkc = password.nfkc();
    let others = password.spellings().filter(|text| *text != nfkc.as_str());
    Some(others.chain([nfkc.as_str()]).any(|text| stored.is_of(text)))
}

struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn parse(stored: &str) -> Option<Self> {
        let parsed = if stored.starts_with("$scrypt$") {
            Self::phc(stored)
        } else if stored.starts_with("scrypt:") {
            Self::werkzeug(stored)
        } else if stored.starts_with("scrypt$") {
            Self::django(stored)
        } else if let Some(rest) = stored.strip_prefix('{') {
            Self::spring(rest)
        } else {
            Self::better_auth(stored)
        };
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
        Some(Self {
            params: bearable_params(log2(n)?, r.parse().ok()?, p.parse().ok()?)?,
            salt: salt.as_bytes().to_vec(),
            output: decode_hex(output)?,
        })
    }

    /// `scrypt$16384$salt$8$5$hash`, where the text of the salt is the salt.
    fn django(stored: &str) -> Option<Self> {
        let ["scrypt", n, salt, r, p, output] = fields(stored, '$')? else { return None };
        Some(Self {
            params: bearable_params(log2(n)?, r.parse().ok()?, p.parse().ok()?)?,
            salt: salt.as_bytes().to_vec(),
            output: decode_base64(output)?,
        })
    }

    /// `{scrypt}$e0801$salt$hash`: the logarithm of N, r and p in one hexadecimal number.
    fn spring(rest: &str) -> Option<Self> {
        let (_name, rest) = rest.split_once('}')?;
        let ["", costs, salt, output] = fields(rest, '$')? else { return None };
        let costs = u64::from_str_radix(costs, 16).ok()?;
        let part = |shift: u32, mask: u64| u32::try_from(costs >> shift & mask).ok();
        Some(Self {
            params: bearable_params(part(16, 0xffff)?, part(8, 0xff)?, part(0, 0xff)?)?,
            salt: decode_base64(salt)?,
            output: decode_base64(output)?,
        })
    }

    /// `salt:hash` in hexadecimal, where the text of the salt is the salt. The costs are fixed.
    fn better_auth(stored: &str) -> Option<Self> {
        let [salt, output] = fields(stored, ':')?;
        Some(Self {
            params: bearable_params(14, 16, 1)?,
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

fn log2(n: &str) -> Option<u32> {
    n.parse().ok().filter(|n: &u64| n.is_power_of_two()).map(u64::ilog2)
}

/// Checked before the crate sees them, so that none of its sums can overflow.
pub(super) fn bearable_params(log_n: u32, r: u32, p: u32) -> Option<Params> {
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

    // Made with Django and better-auth.
    const DJANGO: &str = "scrypt$256$seasalt8bytes$8$5$2UhxI3fSeFidwP7+ZwW1XcJrt+9izORCo3Nnuz+xoWI3xUSLrwSEBBq8Xp9p/2WruXBicKZzb7OC2jrJujMwCA==";
    const DJANGO_UNICODE: &str = "scrypt$256$seasalt8bytes$8$5$9msvCQav+0oZB138vxVOcv9xac2zxVnd9vVG12CPvdK6BMQAAgHtTtN0QihRDjFqfwVP3KA0IzQl+4g57orYVw==";
    const BETTER_AUTH: &str = "b94ba86ba3ad84f87886d8dab7365dd4:439be61e0db94be584f1736be469d2530610af0e7175f9da9b32f3ac57e4e843a7ba858fe08f9c77959377f55fd9f9824c165998f8dc9f7100789231b6a83f39";
    const BETTER_AUTH_UNICODE: &str = "b7372fe8364e8f26085ff12630551425:98da0271ef17572da2369061c8b473a4c9f55ac4afef33c70de36508541d56b715d75eb826296406f77c211b601030c7fccaeba8b9d6bca32fa6e3aa1570852c";
    // Built from the published layout.
    const SPRING: &str = "{scrypt@SpringSecurity_v5_8}$a0801$c2Vhc2FsdDhieXRlc0FBQQ==$UD8xwbJ6gc9/YVKkGWTNxhxb6HOoeTKHHExj9SolTg4=";

    #[test]
    fn every_form_verifies() {
        assert_eq!(check(UNICODE, BETTER_AUTH_UNICODE), Some(true));
        assert_eq!(check(UNICODE, DJANGO_UNICODE), Some(true));
        for stored in [PASSLIB, PASSLIB_TWO_LANES, WERKZEUG, DJANGO, BETTER_AUTH, SPRING] {
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
            DJANGO.replace("$256$", "$255$"),
            DJANGO.replace("$8$5$", "$8$"),
            SPRING.replace("$a0801$", "$180801$"),
            SPRING.replace("$a0801$", "$801$"),
            SPRING.replace("$a0801$", "$x$"),
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
