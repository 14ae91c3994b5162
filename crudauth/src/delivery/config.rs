use std::fmt;
use std::time::Duration;

use super::Links;
use crate::error::{Mistakes, StartupError};
use crate::http::TrustedOrigin;
use crate::message::{Channel, EmailChannel, EmailSender, Templates};
use crate::onetime::{Lifetimes, RedirectTargets};
use crate::outbox::{Outbox, OutboxConfig};

/// How messages reach users, and where the links in them lead. What
/// [`Builder::email`](crate::Builder::email) takes.
pub type EmailConfig = DeliveryConfig;

/// How messages reach users, and where the links in them lead.
///
/// Links lead to pages of the front end, by the address that is configured here; no header of a
/// request has a part in them. A page takes the `token` out of its query and posts it to the
/// matching `..-confirm` route. It should be served with `Referrer-Policy: no-referrer`, so that
/// the token stays out of the logs of others.
///
/// ```
/// use crudauth::delivery::EmailConfig;
/// use crudauth::message::ConsoleSender;
///
/// let email = EmailConfig::new(ConsoleSender::for_development_only())
///     .frontend_url("https://app.example.com");
/// ```
#[must_use]
pub struct DeliveryConfig {
    email: Option<MakeEmail>,
    channels: Vec<Box<dyn Channel>>,
    templates: Templates,
    frontend_url: Option<String>,
    paths: Paths,
    lifetimes: Lifetimes,
    redirect_origins: Vec<String>,
    outbox: OutboxConfig,
    delivers: bool,
    verified_sign_in_only: bool,
}

/// Makes the channel once the templates are known.
type MakeEmail = Box<dyn FnOnce(Templates) -> Result<EmailChannel, StartupError> + Send>;

/// The pages that links lead to.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) verify: String,
    pub(super) reset: String,
    pub(super) change_email: String,
    pub(super) sign_in: String,
    /// Whether the tokens of all links are in the fragment.
    pub(super) in_fragment: bool,
}

impl DeliveryConfig {
    /// Messages go out as e-mail, through `sender`.
    pub fn new(sender: impl EmailSender) -> Self {
        let email = Box::new(move |templates| EmailChannel::new(sender, templates));
        Self { email: Some(email), ..Self::empty() }
    }

    /// Messages go out through `channel`: by SMS, say. Where it
    /// [sends e-mail](Channel::sends_email), it takes the place of the built-in way to do so.
    pub fn over(channel: impl Channel) -> Self {
        Self::empty().and_over(channel)
    }

    /// They go out through `channel` too.
    pub fn and_over(mut self, channel: impl Channel) -> Self {
        self.channels.push(Box::new(channel));
        self
    }

    fn empty() -> Self {
        Self {
            email: None,
            channels: Vec::new(),
            templates: Templates::new(),
            frontend_url: None,
            paths: Paths {
                verify: "/verify-email".to_owned(),
                reset: "/reset-password".to_owned(),
                change_email: "/confirm-email-change".to_owned(),
                sign_in: "/sign-in".to_owned(),
                in_fragment: false,
            },
            lifetimes: Lifetimes::default(),
            redirect_origins: Vec::new(),
            outbox: OutboxConfig::default(),
            delivers: true,
            verified_sign_in_only: true,
        }
    }

    /// The words of e-mails. Default: the bundled ones.
    pub fn templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Where the front end is: links begin with it. Required: `https://app.example.com`.
    pub fn frontend_url(mut self, url: impl Into<String>) -> Self {
        self.frontend_url = Some(url.into());
        self
    }

    /// The page that proves an address or number. Default: `/verify-email`.
    pub fn verify_path(mut self, path: impl Into<String>) -> Self {
        self.paths.verify = path.into();
        self
    }

    /// The page that takes a new password. Default: `/reset-password`.
    pub fn reset_path(mut self, path: impl Into<String>) -> Self {
        self.paths.reset = path.into();
        self
    }

    /// The page that confirms a new e-mail address. Default: `/confirm-email-change`.
    pub fn change_email_path(mut self, path: impl Into<String>) -> Self {
        self.paths.change_email = path.into();
        self
    }

    /// The page that signs in by a link: see [`MagicLinks`](crate::MagicLinks). The token is in the
    /// fragment of the link. Default: `/sign-in`.
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.paths.sign_in = path.into();
        self
    }

    /// Puts the token of every link into the fragment, as in
    /// `https://app.example.com/reset-password#token=..`. A browser sends the fragment to no server, so
    /// the token is in no log of one, and in no `Referer`. A page then reads `location.hash`. Default:
    /// links to sign in alone are so, and the others have `?token=..`.
    pub fn tokens_in_fragment(mut self) -> Self {
        self.paths.in_fragment = true;
        self
    }

    /// How long the link of a verification works. Default: 24 hours.
    pub fn verify_within(mut self, lifetime: Duration) -> Self {
        self.lifetimes.verify = lifetime;
        self
    }

    /// How long the link of a reset works. Default: one hour.
    pub fn reset_within(mut self, lifetime: Duration) -> Self {
        self.lifetimes.reset = lifetime;
        self
    }

    /// How long the link to a new e-mail address works. Default: 24 hours.
    pub fn change_email_within(mut self, lifetime: Duration) -> Self {
        self.lifetimes.change_email = lifetime;
        self
    }

    /// An origin, as in `https://shop.example.com`, that a `redirect_to` may name. Default: the
    /// front end's own; a path is always allowed. A `redirect_to` that is not allowed is ignored.
    pub fn redirect_origin(mut self, origin: impl Into<String>) -> Self {
        self.redirect_origins.push(origin.into());
        self
    }

    /// How patient the outbox is. Default: [`OutboxConfig::default`].
    pub fn outbox(mut self, outbox: OutboxConfig) -> Self {
        self.outbox = outbox;
        self
    }

    /// This process only puts messages into the outbox. Another one over the same store delivers
    /// them, or the application itself does, by
    /// [`CrudAuth::outbox`](crate::CrudAuth::outbox). Default: it delivers them.
    pub fn delivered_elsewhere(mut self) -> Self {
        self.delivers = false;
        self
    }

    /// An account can sign in before its owner has proved the recovery factor. Default: it cannot.
    /// The answer is the 401 of a wrong password until the owner follows the link of the sign-up,
    /// of `POST /email/verify-request` or of `POST /password/reset-request`. This applies to
    /// accounts from before crudauth too. Where their addresses are known to be right, run `UPDATE
    /// users SET email_verified = TRUE`, with your names of table and column.
    ///
    /// This gives something up. The answer to a sign-up is the same for a free address and a taken
    /// one, but with this setting the sign-in that follows is not. Anyone can sign up with the
    /// address of another person, try to sign in by the user name, and learn whether that person
    /// has an account here.
    pub fn unverified_may_sign_in(mut self) -> Self {
        self.verified_sign_in_only = false;
        self
    }

    /// Says what is wrong with where links lead.
    pub(crate) fn check_links(&self) -> Result<(), StartupError> {
        self.links().map(drop)
    }

    fn links(&self) -> Result<Links, StartupError> {
        let url = self.frontend_url.as_ref().ok_or_else(|| {
            StartupError::setting(
                "links need the address of the front end: add \
                 `.frontend_url(\"https://app.example.com\")` to `EmailConfig`",
            )
        })?;
        Links::new(url, &self.paths)
    }

    /// Checks the configuration for users who recover their accounts by `factor`. `None` after a
    /// mistake.
    pub(crate) fn compile(self, factor: &'static str, mistakes: &mut Mistakes) -> Option<Compiled> {
        let links = mistakes.accept(self.links());
        let parse = |origin| parse_origin("redirect_origin", origin);
        let mut origins: Vec<_> =
            self.redirect_origins.iter().filter_map(|it| mistakes.accept(parse(it))).collect();
        origins.extend(links.as_ref().map(|links| links.origin().clone()));
        if [self.lifetimes.verify, self.lifetimes.reset, self.lifetimes.change_email]
            .contains(&Duration::ZERO)
        {
            mistakes.add(
                "a link needs time to be followed: raise `verify_within`, `reset_within` or \
                 `change_email_within` of `EmailConfig` above zero",
            );
        }
        let mut channels: Vec<Box<dyn Channel>> = Vec::new();
        if let Some(email) = self.email {
            channels.push(Box::new(mistakes.accept(email(self.templates))?));
        }
        channels.extend(self.channels);
        let sends_email = channels.iter().any(|channel| channel.sends_email());
        let reaches = if factor == "email" {
            sends_email
        } else {
            channels.iter().any(|it| !it.sends_email())
        };
        if !reaches {
            mistakes.add(format!(
                "accounts are recovered by `{factor}`, and no channel reaches it: give \
                 `EmailConfig::new(sender)` where that is an e-mail address, else \
                 `DeliveryConfig::over(channel)`"
            ));
        }
        Outbox::check(&channels, &self.outbox, mistakes);
        Some(Compiled {
            channels,
            links: links?,
            redirects: RedirectTargets::new(origins),
            lifetimes: self.lifetimes,
            outbox: self.outbox,
            delivers: self.delivers,
            verified_sign_in_only: self.verified_sign_in_only,
        })
    }
}

/// A configuration that works.
pub(crate) struct Compiled {
    pub(crate) channels: Vec<Box<dyn Channel>>,
    pub(crate) links: Links,
    pub(crate) redirects: RedirectTargets,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) outbox: OutboxConfig,
    pub(crate) delivers: bool,
    pub(crate) verified_sign_in_only: bool,
}

pub(super) fn parse_origin(setting: &str, origin: &str) -> Result<TrustedOrigin, StartupError> {
    origin.parse().map_err(|error| {
        StartupError::setting(format!("`EmailConfig::{setting}(\"{origin}\")`: {error}"))
    })
}

impl fmt::Debug for DeliveryConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryConfig")
            .field("channels", &self.channels)
            .field("frontend_url", &self.frontend_url)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}
