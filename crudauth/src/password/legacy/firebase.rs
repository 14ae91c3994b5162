//! Firebase's scrypt: the key that it derives encrypts a key of the project.

use aes::Aes256;
use base64ct::{Base64, Encoding as _};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use scrypt::scrypt;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::scrypt::bearable_params;
use super::{fields, value};
use crate::password::Password;

/// `$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$<salt>$<hash>`, as Supabase keeps it:
/// the settings of the project stand in each row.
pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let ["", "fbscrypt", settings, salt, output] = fields(stored, '$')? else { return None };
    let ["v=1", log_n, r, p, separator, signer] = fields(settings, ',')? else { return None };
    let cost = |pair, name| value(pair, name)?.parse().ok();
    let params = bearable_params(cost(log_n, "n")?, cost(r, "r")?, cost(p, "p")?)?;
    let decode = |text: &str| Base64::decode_vec(text).ok();
    let salt = [decode(salt)?, decode(value(separator, "ss")?)?].concat();
    let (signer, expected) = (decode(value(signer, "sk")?)?, decode(output)?);
    if signer.len() < 32 || signer.len() != expected.len() {
        return None;
    }
    Some(password.spellings().any(|text| {
        let mut key = Zeroizing::new([0; 32]);
        if scrypt(text.as_bytes(), &salt, &params, key.as_mut_slice()).is_err() {
            return false;
        }
        let mut output = Zeroizing::new(signer.clone());
        Ctr128BE::<Aes256>::new(&(*key).into(), &[0; 16].into()).apply_keystream(&mut output);
        output.ct_eq(&expected).into()
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_is_of, check};

    // The vector that Firebase publishes with its tool.
    const SIGNER: &str =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    const OUTPUT: &str =
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";

    fn stored(costs: &str) -> String {
        format!("$fbscrypt$v=1,{costs},ss=Bw==,sk={SIGNER}$42xEC+ixf3L2lw==${OUTPUT}")
    }

    #[test]
    fn the_published_vector_verifies() {
        assert_is_of("user1password", &stored("n=14,r=8,p=1"));
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        let right = stored("n=14,r=8,p=1");
        for stored in [
            "$fbscrypt$".to_owned(),
            stored("n=0,r=8,p=1"),
            stored("n=24,r=8,p=1"),
            stored("n=14,r=8"),
            right.replace("v=1", "v=2"),
            right.replace("sk=", "sq="),
            right.replace(SIGNER, "AAAA"),
            right.replace(OUTPUT, ""),
        ] {
            assert_eq!(check("user1password", &stored), None, "{stored}");
        }
    }
}
