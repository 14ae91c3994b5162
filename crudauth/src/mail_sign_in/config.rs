use std::fmt;
use std::time::Duration;

use crate::error::Mistakes;
use crate::user::{AuthUser, MadeOfAddress};

const MINUTE: Duration = Duration::from_secs(60);

/// Sign-in by a link that is mailed: `POST /magic-link/request` and `POST /magic-link/confirm`. What
/// [`Builder::magic_links`](crate::Builder::magic_links) takes.
///
/// The link leads to a page of the front end
/// ([`EmailConfig::sign_in_path`](crate::EmailConfig::sign_in_path)), and has its token in the fragment.
/// The page shows a button, and posts the token when it is pressed: only that uses the link up. A newer
/// link ends the older ones of its address.
#[must_use]
pub struct MagicLinks<U: AuthUser> {
    pub(super) life: Duration,
    pub(super) same_browser: bool,
    /// Makes what a sign-up sends of an address, where there are sign-ups by link.
    pub(super) sign_up: Option<fn(&str) -> U::Register>,
}

impl<U: AuthUser> MagicLinks<U> {
    /// The defaults.
    pub fn new() -> Self {
        Self { life: 10 * MINUTE, same_browser: false, sign_up: None }
    }

    /// How long a link works, up to an hour. Default: 10 minutes (ASVS 6.5.5).
    pub fn within(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Restricts a link to the browser that requested it, by a cookie. Default: any browser may follow it,
    /// since many people read their mail on another device. Then a person who is talked into following a
    /// link signs in the browser that follows it, and no other.
    pub fn same_browser(mut self, same: bool) -> Self {
        self.same_browser = same;
        self
    }

    /// Whether an address without an account gets a link too, which makes the account when it is
    /// confirmed: verified, without a password, with what the
    /// [new-user hook](crate::Builder::new_user_fields) says. Default: nothing is sent there.
    ///
    /// A sign-up of the struct must need nothing but the address.
    pub fn sign_up(mut self, sign_up: bool) -> Self
    where
        U: MadeOfAddress,
    {
        let make: fn(&str) -> U::Register =
            |address| U::register_by_provider(address, None, U::no_fields());
        self.sign_up = sign_up.then_some(make);
        self
    }

    pub(crate) fn check(&self, has_mail: bool, mistakes: &mut Mistakes) {
        check::<U>("magic_links", has_mail, mistakes);
        if self.life.is_zero() || self.life > 60 * MINUTE {
            mistakes.add(
                "a link to sign in needs time to be followed, and is a key to the account while it \
                 lasts: give `MagicLinks::within` at most an hour",
            );
        }
    }
}

impl<U: AuthUser> Default for MagicLinks<U> {
    fn default() -> Self {
        Self::new()
    }
}

impl<U: AuthUser> fmt::Debug for MagicLinks<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MagicLinks")
            .field("life", &self.life)
            .field("same_browser", &self.same_browser)
            .field("sign_up", &self.sign_up.is_some())
            .finish()
    }
}

/// Sign-in by a code of six digits that is mailed: `POST /email-code/request` and
/// `POST /email-code/verify`. What [`Builder::email_codes`](crate::Builder::email_codes) takes.
///
/// A code works only in the flow that requested it, for three tries. Wrong codes count with all other
/// failures of the account (see [`lockout`](crate::lockout)).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct EmailCodes {
    pub(super) life: Duration,
}

impl EmailCodes {
    /// The defaults.
    pub fn new() -> Self {
        Self { life: 10 * MINUTE }
    }

    /// How long a code works, up to ten minutes. Default: 10 minutes (ASVS 6.5.5).
    pub fn within(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    pub(crate) fn check<U: AuthUser>(&self, has_mail: bool, mistakes: &mut Mistakes) {
        check::<U>("email_codes", has_mail, mistakes);
        if self.life.is_zero() || self.life > 10 * MINUTE {
            mistakes.add(
                "a code of six digits needs time to be typed, and can be guessed while it lasts: give \
                 `EmailCodes::within` at most ten minutes",
            );
        }
    }
}

impl Default for EmailCodes {
    fn default() -> Self {
        Self::new()
    }
}

fn check<U: AuthUser>(setting: &str, has_mail: bool, mistakes: &mut Mistakes) {
    if !U::SCHEMA.recovers_by_email() {
        mistakes.add(format!(
            "`Builder::{setting}` signs in by mail, and accounts of `{}` are not recovered by their \
             e-mail address: write `#[auth(recovery(email))]` on the struct, or leave the setting out",
            U::SCHEMA.user
        ));
    } else if !has_mail {
        mistakes.add(format!(
            "`Builder::{setting}` needs messages to be sent: give `Builder::email`, as in \
             `.email(EmailConfig::new(sender).frontend_url(\"https://app.example.com\"))`"
        ));
    }
}
