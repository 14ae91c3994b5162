//! PBKDF2 with HMAC (RFC 8018).

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{decode_hex, fields};
use crate::password::Password;
use crate::password::cost::MAX_PBKDF2_ROUNDS;

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
        } else {
            Self::werkzeug(stored)
        };
        // Every one of these writes the digest whole. A shorter one would be easier to meet, a
        // longer one costs its length in work.
        parsed.filter(|parsed| {
            (1..=MAX_PBKDF2_ROUNDS).contains(&parsed.rounds)
                && parsed.output.len() == parsed.digest.len()
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
        let decode = |text: &str| Base64Unpadded::decode_vec(&text.replace('.', "+")).ok();
        Some(Self {
            digest,
            rounds: rounds.parse().ok()?,
            salt: decode(salt)?,
            output: decode(output)?,
        })
    }

    /// `pbkdf2_sha256$600000$salt$hash`, where the text of the salt is the salt.
    fn django(stored: &str) -> Option<Self> {
        let [name, rounds, salt, output] = fields(stored, '$')?;
        Some(Self {
            digest: Digest::named(name.strip_prefix("pbkdf2_")?)?,
            rounds: rounds.parse().ok()?,
            salt: salt.as_bytes().to_vec(),
            output: Base64::decode_vec(output).ok()?,
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
            DJANGO[0].replace("sha256", "sha512"),
            WERKZEUG[0].replace(":1000", ""),
            WERKZEUG[0].replace("sha1", "sha256"),
            PASSLIB[1].replace("-sha256", "-md5"),
        ] {
            assert_eq!(check(RIGHT, &stored), None, "{stored}");
        }
    }
}
