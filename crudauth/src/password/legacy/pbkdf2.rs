//! PBKDF2 with HMAC (RFC 8018).

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{decode_base64, decode_hex, fields};
use crate::password::Password;
use crate::password::cost::MAX_PBKDF2_ROUNDS;

/// The outputs that are compared: 128 bits at least, and at most what Keycloak has written.
const MIN_OUTPUT_BYTES: usize = 16;
const MAX_OUTPUT_BYTES: usize = 128;

pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let stored = Stored::parse(stored)?;
    Some(password.spellings().any(|text| stored.is_of(text)))
}

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    fn named(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// By the number that ASP.NET Core gives it.
    fn numbered(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Sha1),
            1 => Some(Self::Sha256),
            2 => Some(Self::Sha512),
            _ => None,
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

struct Stored {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    fn parse(stored: &str) -> Option<Self> {
        let parsed = if stored.starts_with("$pbkdf2") {
            Self::modular(stored)
        } else if stored.starts_with("pbkdf2_") {
            Self::django(stored)
        } else if stored.starts_with("pbkdf2:") {
            Self::werkzeug(stored)
        } else if let Some(rest) = stored.strip_prefix("{pbkdf2") {
            Self::spring(rest)
        } else {
            Self::asp_net(stored)
        };
        // A shorter output would be easier to meet; a longer one costs its length in work.
        parsed.filter(|parsed| {
            let len = parsed.output.len();
            let blocks = u32::try_from(len.div_ceil(parsed.digest.len())).unwrap_or(u32::MAX);
            parsed.rounds > 0
                && parsed.rounds.saturating_mul(blocks) <= MAX_PBKDF2_ROUNDS
                && (MIN_OUTPUT_BYTES..=MAX_OUTPUT_BYTES).contains(&len)
        })
    }

    /// `$pbkdf2-sha256$29000$salt$hash` of passlib, which writes `.` for `+`, or the PHC form with
    /// `i=29000` or `i=29000,l=32`.
    fn modular(stored: &str) -> Option<Self> {
        let ["", name, costs, salt, output] = fields(stored, '$')? else { return None };
        let digest = match name.strip_prefix("pbkdf2")? {
            "" => Digest::Sha1,
            suffix => Digest::named(suffix.strip_prefix('-')?)?,
        };
        let rounds = costs.strip_prefix("i=").unwrap_or(costs);
        let rounds = rounds.split_once(",l=").map_or(rounds, |(rounds, _length)| rounds);
        Some(Self {
            digest,
            rounds: rounds.parse().ok()?,
            salt: decode_base64(salt)?,
            output: decode_base64(output)?,
        })
    }

    /// `pbkdf2_sha256$600000$salt$hash`, where the text of the salt is the salt.
    fn django(stored: &str) -> Option<Self> {
        let [name, rounds, salt, output] = fields(stored, '$')?;
        Some(Self {
            digest: Digest::named(name.strip_prefix("pbkdf2_")?)?,
            rounds: rounds.parse().ok()?,
            salt: salt.as_bytes().to_vec(),
            output: decode_base64(output)?,
        })
    }

    /// `pbkdf2:sha256:600000$salt$hex`, where the text of the salt is the salt.
    fn werkzeug(stored: &str) -> Option<Self> {
        let [method, salt, output] = fields(stored, '$')?;
        let ["pbkdf2", name, rounds] = fields(method, ':')? else { return None };
        Some(Self {
            digest: Digest::named(name)?,
            rounds: rounds.parse().ok()?,
            salt: salt.as_bytes().to_vec(),
            output: decode_hex(output)?,
        })
    }

    /// `{pbkdf2@SpringSecurity_v5_8}` or `{pbkdf2}`, then the salt and the output in hexadecimal.
    /// The costs are those of the encoder's defaults, and its secret is empty.
    fn spring(rest: &str) -> Option<Self> {
        let (version, rest) = rest.split_once('}')?;
        let (digest, rounds, salt_len) = match version {
            "" => (Digest::Sha1, 185_000, 8),
            "@SpringSecurity_v5_8" => (Digest::Sha256, 310_000, 16),
            _ => return None,
        };
        let bytes = decode_hex(rest)?;
        let (salt, output) = bytes.split_at_checked(salt_len)?;
        Some(Self { digest, rounds, salt: salt.to_vec(), output: output.to_vec() })
    }

    /// ASP.NET Identity: version 3 writes digest, rounds and the length of the salt before the salt
    /// and the output, version 2 a zero.
    fn asp_net(stored: &str) -> Option<Self> {
        let bytes = decode_base64(stored)?;
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        let (digest, rounds, header, salt_len) = match bytes.first()? {
            0 if bytes.len() == 49 => (Digest::Sha1, 1000, 1, 16),
            1 => {
                let salt_len = usize::try_from(number(9)?).ok().filter(|len| *len >= 16)?;
                (Digest::numbered(number(1)?)?, number(5)?, 13, salt_len)
            }
            _ => return None,
        };
        let (salt, output) = bytes.get(header..)?.split_at_checked(salt_len)?;
        Some(Self { digest, rounds, salt: salt.to_vec(), output: output.to_vec() })
    }

    fn is_of(&self, text: &str) -> bool {
        let compute = match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>,
            Digest::Sha256 => pbkdf2_hmac::<Sha256>,
            Digest::Sha512 => pbkdf2_hmac::<Sha512>,
        };
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        compute(text.as_bytes(), &self.salt, self.rounds, &mut output);
        output.ct_eq(&self.output).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RIGHT, UNICODE, assert_is_of, check};
    use super::*;

    // Made with passlib, Django and Werkzeug.
    const PASSLIB: [&str; 4] = [
        "$pbkdf2$1000$Ssm5d04pZcz5H0Pofc9Ziw$3f71IXIeAwEFV/FeBmKaS3REJj0",
        "$pbkdf2-sha256$1000$zhmjFIIwBkBISen9PydECA$12fYQfIggPW3XZ4n.q7Qk6DMLfD8dEdGsn87dI9BTXA",
        "$pbkdf2-sha256$1000$WusdI.RcSymlFKJ0zjlHaA$4vh6ArLABnklf7dp7H.UG28dav67rEpG37qD.XzdQb4",
        "$pbkdf2-sha512$1000$3/t/LyUEYIwxBiDEWEuplQ$rARvbUH7rs3vCJgHAsWbe9MVnae0t2jNdQnPiO5x479kI1/75hefx2u6hWNEha1td2n95HoVupZqeqOJJzm7Jg",
    ];
    const PASSLIB_UNICODE: &str =
        "$pbkdf2-sha256$1000$/B.jtFZKqdVaS8k5xzjHuA$lbz9a2P8a/pibatMAWO40VnpyYWk.yEFcyWNSJAe6a4";
    const DJANGO: [&str; 2] = [
        "pbkdf2_sha256$1000$seasalt8bytes$wygrRQ+K9cq5ykS6wvUAeuiPCF7qQJfrF98LroOPBYQ=",
        "pbkdf2_sha1$1000$seasalt8bytes$6+SAHJU51S8ILfKl2xsBgi/rmBs=",
    ];
    const WERKZEUG: [&str; 3] = [
        "pbkdf2:sha1:1000$CmBsFI20YsKFJlwn$d95cb4a584a441126bf0d800e3a432d54512dc6c",
        "pbkdf2:sha256:1000$ZnqGvgUEJVp4VHF9$8425fe30b466931ce8b50c10b1c5856299ae121adb3d9ed6d227e9a37f1b1d0c",
        "pbkdf2:sha512:1000$6Uh4EKJWNI2YikqN$0a57cd6cf3089eebada116679c6983d0a5fe3dfb21a67e2f8216807ac951f7b616f8e7143c6b08507a4d9718358dc5e044463e8a0c1b3b1920a9ebe4e34f0325",
    ];

    #[test]
    fn every_form_verifies() {
        for stored in PASSLIB.iter().chain(&DJANGO).chain(&WERKZEUG) {
            assert_is_of(RIGHT, stored);
        }
        assert_is_of(UNICODE, PASSLIB_UNICODE);
    }

    // Made with Python's `hashlib`: shorter and longer than the digest.
    const OTHER_LENGTHS: [&str; 3] = [
        "$pbkdf2-sha256$500$c2Vhc2FsdDhieXRlcw$pi+5yMw3K3hSoYLCKkrlSw",
        "$pbkdf2-sha256$500$c2Vhc2FsdDhieXRlcw$pi+5yMw3K3hSoYLCKkrlSxgOtw98hZr1",
        "$pbkdf2-sha256$500$c2Vhc2FsdDhieXRlcw$pi+5yMw3K3hSoYLCKkrlSxgOtw98hZr1WF0qZcH3iTaNRhTMFk9dzqmDt8rBB32TEOoCrTAfJof18VCD1Vy7Kg",
    ];
    // Built from the published layouts.
    const ASP_NET: [&str; 2] = [
        "AQAAAAIAAAPoAAAAEHNlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ==",
        "AHNlYXNhbHQ4Ynl0ZXNBQUEeHDdOEJYR8LH6ajNjcPD3fHiD5tADdx+j1BCCgd6RMw==",
    ];

    #[test]
    fn any_length_from_16_bytes_verifies_padded_or_not() {
        for stored in OTHER_LENGTHS {
            assert_is_of(RIGHT, stored);
        }
        assert_is_of(RIGHT, &format!("{}==", OTHER_LENGTHS[0]));
        assert_is_of(RIGHT, DJANGO[0].trim_end_matches('='));
    }

    #[test]
    fn both_versions_of_asp_net_verify() {
        for stored in ASP_NET {
            assert_is_of(RIGHT, stored);
        }
    }

    #[test]
    fn both_defaults_of_spring_verify() {
        for (version, digest, rounds, salt) in [
            ("", Digest::Sha1, 185_000, &b"seasalt8"[..]),
            ("@SpringSecurity_v5_8", Digest::Sha256, 310_000, b"seasalt8bytesAAA"),
        ] {
            let mut output = vec![0; 32];
            match digest {
                Digest::Sha1 => pbkdf2_hmac::<Sha1>(RIGHT.as_bytes(), salt, rounds, &mut output),
                _ => pbkdf2_hmac::<Sha256>(RIGHT.as_bytes(), salt, rounds, &mut output),
            }
            let hex = const_hex::encode([salt, &output].concat());
            let stored = format!("{{pbkdf2{version}}}{hex}");
            assert_eq!(check(RIGHT, &stored), Some(true), "{stored}");
            assert_eq!(check("wrong", &stored), Some(false), "{stored}");
        }
    }

    #[test]
    fn the_phc_form_verifies() {
        for costs in ["i=1000", "i=1000,l=32"] {
            assert_is_of(RIGHT, &PASSLIB[2].replace("1000", costs).replace('.', "+"));
        }
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        for stored in [
            "$pbkdf2$".to_owned(),
            "pbkdf2".to_owned(),
            "pbkdf2_sha256$1000$salt".to_owned(),
            "pbkdf2_sha256$1000$salt$AAAA".to_owned(),
            "pbkdf2_md5$1000$salt$AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
            DJANGO[0].replace("$1000$", "$0$"),
            DJANGO[0].replace("$1000$", "$5000001$"),
            DJANGO[0].replace("$1000$", "$4294967296$"),
            DJANGO[0].replace("$1000$", "$-1$"),
            WERKZEUG[0].replace(":1000", ""),
            PASSLIB[1].replace("-sha256", "-md5"),
            OTHER_LENGTHS[2].replace("$500$", "$2500001$"),
            "$pbkdf2-sha256$500$c2Vhc2FsdDhieXRlcw$pi+5yMw3K3hSoYLCKkrl".to_owned(),
            format!("$pbkdf2-sha256$1$c2Vhc2FsdDhieXRlcw${}", "A".repeat(180)),
            "{pbkdf2@other}00".to_owned(),
            "{pbkdf2}73656173616c7438".to_owned(),
            "AQAAAAMAAAPoAAAAEHNlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ=="
                .to_owned(),
            "AQAAAAIAAAPoAAAACHNlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ=="
                .to_owned(),
            "AQAAAAIAAAPo/////3NlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ=="
                .to_owned(),
        ] {
            assert_eq!(check(RIGHT, &stored), None, "{stored}");
        }
    }
}
