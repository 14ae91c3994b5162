//! What an authenticator app is set up with.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use zeroize::Zeroizing;

use super::totp::{DIGITS, STEP, TotpSecret};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an authenticator app is set up with: the secret, and the same as a URI that the app reads as
/// a QR code. As JSON `{"secret": .., "otpauth_uri": ..}`.
///
/// It is enough to make the codes of the account, so it is shown to its owner once.
#[derive(Clone)]
pub struct Setup {
    secret: Zeroizing<String>,
    otpauth_uri: Zeroizing<String>,
}

impl Setup {
    /// The secret of `account` at the service that is called `issuer`.
    pub(crate) fn new(issuer: &str, account: &str, secret: &TotpSecret) -> Self {
        let encode = |text| utf8_percent_encode(text, RESERVED);
        let label = format!("{issuer}:{account}");
        let secret = secret.to_base32();
        let otpauth_uri = Zeroizing::new(format!(
            "otpauth://totp/{}?secret={}&issuer={}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
            encode(&label),
            *secret,
            encode(issuer),
        ));
        Self { secret, otpauth_uri }
    }

    /// The secret in base32, for people who type it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The URI `otpauth://totp/..`.
    #[must_use]
    pub fn otpauth_uri(&self) -> &str {
        &self.otpauth_uri
    }

    /// The URI as a QR code, an image of SVG, black on white. It is as secret as the URI. An empty text
    /// where no QR code has room for it: the name of the service or of the account has more than 2,000
    /// bytes.
    #[cfg(feature = "qr")]
    #[must_use]
    pub fn qr_svg(&self) -> Zeroizing<String> {
        use fast_qr::convert::svg::SvgBuilder;

        let code = fast_qr::QRBuilder::new(self.otpauth_uri()).build();
        Zeroizing::new(code.map(|code| SvgBuilder::default().to_str(&code)).unwrap_or_default())
    }
}

impl Serialize for Setup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut setup = serializer.serialize_struct("Setup", 2)?;
        setup.serialize_field("secret", self.secret())?;
        setup.serialize_field("otpauth_uri", self.otpauth_uri())?;
        setup.end()
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Setup(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Setup;
    use crate::factors::TotpSecret;

    fn secret() -> TotpSecret {
        TotpSecret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("base32")
    }

    #[test]
    fn the_uri_is_that_of_the_python_library() {
        let setup = Setup::new("My Shop & Co", "ann+x@example.com", &secret());
        let uri = "otpauth://totp/My%20Shop%20%26%20Co%3Aann%2Bx%40example.com\
                   ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Shop%20%26%20Co\
                   &algorithm=SHA1&digits=6&period=30";
        assert_eq!(setup.otpauth_uri(), uri);
        let json = serde_json::json!({"secret": setup.secret(), "otpauth_uri": uri});
        assert_eq!(serde_json::to_value(&setup).expect("json"), json);
        assert_eq!(format!("{setup:?}"), "Setup(..)");
        let umlaut = Setup::new("Müller", "a~b_c.d-e", &secret());
        assert!(umlaut.otpauth_uri().starts_with("otpauth://totp/M%C3%BCller%3Aa~b_c.d-e?"));
    }

    #[cfg(feature = "qr")]
    #[test]
    fn a_code_is_drawn_as_long_as_it_has_room() {
        let setup = Setup::new("My Shop", &"a".repeat(500), &secret());
        assert!(setup.qr_svg().starts_with("<svg"), "{}", *setup.qr_svg());
        assert_eq!(*setup.qr_svg(), *setup.clone().qr_svg());
        assert_eq!(*Setup::new("My Shop", &"a".repeat(5_000), &secret()).qr_svg(), "");
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_uri(issuer in any::<String>(), account in any::<String>()) {
            let setup = Setup::new(&issuer, &account, &secret());
            let rest = setup.otpauth_uri().strip_prefix("otpauth://totp/").expect("the scheme");
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%?&=".contains(&byte);
            prop_assert!(rest.bytes().all(plain));
            prop_assert_eq!(rest.matches('?').count(), 1);
            prop_assert_eq!(rest.matches('&').count(), 4);
        }
    }
}
