//! The part of the environment that is about mail.

use super::names::{
    EMAIL_PROVIDER, FRONTEND_URL, REQUIRE_EMAIL_VERIFICATION, SMTP_FROM, SMTP_HOST, SMTP_PASS,
    SMTP_PORT, SMTP_USER,
};
use super::vars::Vars;
use crate::delivery::{DeliveryConfig, EmailConfig};
use crate::message::ConsoleSender;
use crate::user::AuthUser;

/// How mail is sent, where it is.
pub(super) struct Mail(pub(super) Option<DeliveryConfig>);

/// `None` after a mistake.
pub(super) fn read<U: AuthUser>(vars: &mut Vars) -> Option<Mail> {
    let provider = vars.optional(&EMAIL_PROVIDER);
    let verified_only = vars.choice(&REQUIRE_EMAIL_VERIFICATION);
    let Some(provider) = provider? else {
        if verified_only? == Some(true) {
            vars.mistake(
                &REQUIRE_EMAIL_VERIFICATION,
                " is `true`, and no mail is sent that could verify an address: set \
                 `EMAIL_PROVIDER`",
            );
            return None;
        }
        return Some(Mail(None));
    };
    if U::SCHEMA.recovery != Some("email") {
        let user = U::SCHEMA.user;
        vars.mistake(
            &EMAIL_PROVIDER,
            format!(
                " is set, and accounts of `{user}` are not recovered by e-mail: add \
                 `email_verified: bool` beside `email`, or leave the variable out"
            ),
        );
        return None;
    }
    let config = match provider.as_str() {
        "console" => Some(EmailConfig::new(ConsoleSender::for_development_only())),
        "smtp" => smtp(vars),
        "webhook" => webhook(vars),
        other => {
            let text = format!(" is `{other}`, and must be `console`, `smtp` or `webhook`");
            vars.mistake(&EMAIL_PROVIDER, text);
            None
        }
    };
    let url = vars.required(&FRONTEND_URL);
    let mut config = config?.frontend_url(url?);
    if let Err(error) = config.check_links() {
        vars.mistake(&FRONTEND_URL, format!(": {error}"));
        return None;
    }
    if verified_only? == Some(false) {
        config = config.unverified_may_sign_in();
    }
    Some(Mail(Some(config)))
}

#[cfg(feature = "smtp")]
fn smtp(vars: &mut Vars) -> Option<EmailConfig> {
    use crate::message::{SmtpConfig, SmtpSender};

    let host = vars.required(&SMTP_HOST);
    let from = vars.required(&SMTP_FROM);
    let port = vars.number(&SMTP_PORT, 1..=65535);
    let (user, password) = (vars.optional(&SMTP_USER), vars.secret(&SMTP_PASS));
    let (host, from, port) = (host?, from?, port?);
    // The range has seen to it that it fits.
    let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(587);
    let config = match (host.as_str(), port) {
        ("127.0.0.1" | "localhost", port) => SmtpConfig::plain_on_loopback(port, from),
        (_, 465) => SmtpConfig::tls(host, from),
        (_, port) => SmtpConfig::starttls(host, from).port(port),
    };
    let config = match (user?, password?) {
        (Some(user), Some(password)) => config.credentials(user, password.as_str()),
        (None, None) => config,
        (Some(_), None) => {
            vars.mistake(&SMTP_PASS, " is missing, and `SMTP_USER` is set: set both or none");
            return None;
        }
        (None, Some(_)) => {
            vars.mistake(&SMTP_USER, " is missing, and `SMTP_PASS` is set: set both or none");
            return None;
        }
    };
    match SmtpSender::new(config) {
        Ok(sender) => Some(EmailConfig::new(sender)),
        Err(error) => {
            vars.mistake(&SMTP_FROM, format!(" or `SMTP_HOST` cannot be used: {error}"));
            None
        }
    }
}

#[cfg(not(feature = "smtp"))]
fn smtp(vars: &mut Vars) -> Option<EmailConfig> {
    let _ = (SMTP_HOST, SMTP_FROM, SMTP_PORT, SMTP_USER, SMTP_PASS);
    vars.mistake(&EMAIL_PROVIDER, " is `smtp`, which needs the feature `smtp` of crudauth");
    None
}

#[cfg(feature = "webhook")]
fn webhook(vars: &mut Vars) -> Option<EmailConfig> {
    use super::names::EMAIL_WEBHOOK_URL;
    use crate::message::WebhookSender;

    let url = vars.required(&EMAIL_WEBHOOK_URL)?;
    match WebhookSender::new(&url) {
        Ok(sender) => Some(EmailConfig::new(sender)),
        // The error quotes the URL, which may have a key in it.
        Err(_) => {
            vars.mistake(
                &EMAIL_WEBHOOK_URL,
                " cannot be used: it must be an `https` URL, or one on this machine",
            );
            None
        }
    }
}

#[cfg(not(feature = "webhook"))]
fn webhook(vars: &mut Vars) -> Option<EmailConfig> {
    vars.mistake(&EMAIL_PROVIDER, " is `webhook`, which needs the feature `webhook` of crudauth");
    None
}
