use std::fmt;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use zeroize::Zeroizing;

use super::email::on_the_wire;
use super::{Delivery, DeliveryError, Email, EmailSender};
use crate::chain::chain;
use crate::error::StartupError;

/// Where and how to hand over mail by SMTP.
///
/// ```
/// use crudauth::message::{SmtpConfig, SmtpSender};
///
/// let config = SmtpConfig::starttls("smtp.example.com", "Acme <no-reply@example.com>")
///     .credentials("acme", "password");
/// let sender = SmtpSender::new(config)?;
/// # let _ = sender;
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct SmtpConfig {
    host: String,
    port: u16,
    security: Security,
    root_certificates: Vec<String>,
    credentials: Option<(String, Zeroizing<String>)>,
    from: String,
    reply_to: Option<String>,
    timeout: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Security {
    Tls,
    StartTls,
    Plain,
}

impl SmtpConfig {
    /// TLS from the first byte, on port 465 (RFC 8314 §3.3). The best where the server has it.
    pub fn tls(host: impl Into<String>, from: impl Into<String>) -> Self {
        Self::new(host.into(), 465, Security::Tls, from.into())
    }

    /// TLS after STARTTLS, on port 587. A server that does not offer it is sent nothing.
    pub fn starttls(host: impl Into<String>, from: impl Into<String>) -> Self {
        Self::new(host.into(), 587, Security::StartTls, from.into())
    }

    /// No encryption, to a mail server on this machine: 127.0.0.1 at `port`.
    pub fn plain_on_loopback(port: u16, from: impl Into<String>) -> Self {
        Self::new("127.0.0.1".to_owned(), port, Security::Plain, from.into())
    }

    fn new(host: String, port: u16, security: Security, from: String) -> Self {
        let timeout = Duration::from_secs(30);
        Self {
            host,
            port,
            security,
            root_certificates: Vec::new(),
            credentials: None,
            from,
            reply_to: None,
            timeout,
        }
    }

    /// Another port than the usual one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a certificate authority, as PEM, that may have issued the server's certificate.
    /// Default: the roots of the operating system alone.
    #[must_use]
    pub fn root_certificate(mut self, pem: impl Into<String>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// A user name and a password for the server.
    #[must_use]
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some((user.into(), Zeroizing::new(password.into())));
        self
    }

    /// Where answers go. Default: to the sender.
    #[must_use]
    pub fn reply_to(mut self, address: impl Into<String>) -> Self {
        self.reply_to = Some(address.into());
        self
    }

    /// How long one mail may take, from the connection to the last answer. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn tls_to_host(&self) -> Result<Tls, StartupError> {
        let wrap = match self.security {
            Security::Plain => return Ok(Tls::None),
            Security::Tls => Tls::Wrapper,
            Security::StartTls => Tls::Required,
        };
        let mut parameters = TlsParameters::builder(self.host.clone());
        for pem in &self.root_certificates {
            parameters = parameters.add_root_certificate(certificate(pem)?);
        }
        parameters.build().map(wrap).map_err(|error| {
            let told = chain(&error);
            StartupError::setting(format!("TLS for SMTP to `{}`: {told}", self.host))
        })
    }
}

fn certificate(pem: &str) -> Result<Certificate, StartupError> {
    let certificate = Certificate::from_pem(pem.as_bytes()).ok();
    certificate.filter(|_| pem.contains("-----BEGIN CERTIFICATE-----")).ok_or_else(|| {
        StartupError::setting(
            "`SmtpConfig::root_certificate` was given no certificate: give it the text of a PEM \
             file, with `-----BEGIN CERTIFICATE-----`",
        )
    })
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("from", &self.from)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Sends e-mails through an SMTP server (RFC 5321), as text and HTML. Requires the feature `smtp`.
///
/// The server's certificate must be for the host that is configured, and come from a root of the
/// operating system or of the configuration; otherwise no mail is handed over, and all of them are
/// tried again later. Each mail uses a new connection: mails are few, and an idle connection is
/// often dead. An answer of 5xx means that the mail is refused for good, except one that refuses
/// our credentials (530, 534, 535, 538). The same is true of an address beyond ASCII before the `@`
/// if the server does not support SMTPUTF8; a domain beyond ASCII is sent as Punycode, which every
/// server accepts. All other failures are tried again later.
pub struct SmtpSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    timeout: Duration,
}

impl SmtpSender {
    /// A sender for the server of `config`. It does not connect yet.
    ///
    /// # Errors
    ///
    /// Where an address or a certificate is malformed, or TLS cannot be set up.
    pub fn new(config: SmtpConfig) -> Result<Self, StartupError> {
        let tls = config.tls_to_host()?;
        let SmtpConfig { host, port, credentials, from, reply_to, timeout, .. } = config;
        let from = mailbox(&from)?;
        let reply_to = reply_to.as_deref().map(mailbox).transpose()?;
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .tls(tls)
            .port(port)
            .timeout(Some(timeout));
        if let Some((user, password)) = credentials {
            transport = transport.credentials(Credentials::new(user, password.to_string()));
        }
        Ok(Self { transport: transport.build(), from, reply_to, timeout })
    }

    fn compose(&self, email: &Email) -> Result<lettre::Message, DeliveryError> {
        let to: Address = email.to().parse().map_err(DeliveryError::permanent)?;
        // Else it is read again from the head, where a quoted local part is taken for a name.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.clone()])
            .map_err(DeliveryError::permanent)?;
        let mut message = lettre::Message::builder()
            .envelope(envelope)
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(email.subject())
            .message_id(None)
            // Nobody's absence is to be reported to us (RFC 3834 §5).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let (text, html) = (email.text().to_owned(), email.html().to_owned());
        message
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(DeliveryError::permanent)
    }
}

fn mailbox(text: &str) -> Result<Mailbox, StartupError> {
    let refused = || {
        StartupError::setting(format!(
            "`{text}` is no sender of mail: write it as in `Acme <no-reply@example.com>`"
        ))
    };
    let Mailbox { name, email } = text.parse().map_err(|_| refused())?;
    let email = on_the_wire(email.as_ref()).and_then(|email| email.parse().ok());
    Ok(Mailbox::new(name, email.ok_or_else(refused)?))
}

impl EmailSender for SmtpSender {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        Box::pin(async move {
            let message = self.compose(email)?;
            // The transport's own time-out covers single steps, and not all of them.
            match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(classify(&error)),
                Err(_) => Err(DeliveryError::temporary("the mail server took too long")),
            }
        })
    }
}

fn classify(error: &smtp::Error) -> DeliveryError {
    let refuses_us = |code: &str| matches!(code, "530" | "534" | "535" | "538");
    let causes = chain(error);
    let told = without_quotations(&causes);
    // What the server cannot take is refused on our side, before it is offered.
    if error.is_client() && ["SMTPUTF8", "8BITMIME"].iter().any(|lacks| causes.contains(lacks)) {
        return DeliveryError::permanent(told);
    }
    match error.status() {
        Some(status) if error.is_permanent() && !refuses_us(&status.to_string()) => {
            DeliveryError::permanent(told)
        }
        _ => DeliveryError::temporary(told),
    }
}

/// `told` without what a server may have quoted from the mail: links, addresses, tokens. Servers
/// do quote, and what they say goes to the log.
fn without_quotations(told: &str) -> String {
    const MAX_WORD: usize = 20;
    const MAX_LENGTH: usize = 300;
    let words = told.split(|c: char| c.is_whitespace() || c.is_control()).map(|word| {
        let quoted = word.contains(['@', '/', '=', '?', '&']);
        if quoted || word.chars().count() > MAX_WORD { "…" } else { word }
    });
    let kept: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    kept.join(" ").chars().take(MAX_LENGTH).collect()
}

impl fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSender")
            .field("from", &self.from.to_string())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, MessageKind, Templates};

    fn sender(from: &str) -> Result<SmtpSender, StartupError> {
        SmtpSender::new(SmtpConfig::plain_on_loopback(25, from))
    }

    #[test]
    fn a_mail_has_what_a_mail_must_have() {
        let message = Message::new(MessageKind::ResetPassword, "ada@example.com")
            .with_link("https://app.example.com/reset");
        let templates = Templates::new().replace("reset_password.subject.txt", "Grüße");
        let email = templates.compile().expect("good").render(&message).expect("good");
        let mail = sender("Acme <no-reply@example.com>").expect("good").compose(&email);
        let mail = String::from_utf8(mail.expect("composed").formatted()).expect("ASCII");
        let (head, body) = mail.split_once("\r\n\r\n").expect("a head and a body");
        for line in [
            "From: Acme <no-reply@example.com>",
            "To: ada@example.com",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(head.contains("Date: ") && head.contains("Message-ID: <"), "{head}");
        assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
    }

    #[test]
    fn a_malformed_sender_is_a_start_up_error() {
        for from in ["", "Acme", "Acme <no-reply@example.com>\r\nBcc: e@example.com"] {
            let error = sender(from).expect_err("malformed");
            assert!(error.to_string().contains("no sender of mail"), "{error}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_a_start_up_error() {
        let config = || SmtpConfig::tls("smtp.example.com", "no-reply@example.com");
        let begin = "-----BEGIN CERTIFICATE-----\n";
        for pem in ["", "/etc/ssl/ca.pem", begin, &format!("{begin}!\n-----END CERTIFICATE-----\n")]
        {
            let error = SmtpSender::new(config().root_certificate(pem)).expect_err(pem);
            assert!(error.to_string().contains("certificate"), "{error}");
        }
    }

    #[test]
    fn what_a_server_says_is_logged_without_what_it_quotes() {
        assert_eq!(
            without_quotations(
                "permanent error (550): <ada@example.com> spam:\r\n https://a.example/?token=1 \
                 0123456789abcdef01234 \u{1b}[2J"
            ),
            "permanent error (550): … spam: … … [2J"
        );
        assert_eq!(without_quotations(&"word ".repeat(100)).chars().count(), 300);
    }

    #[test]
    fn passwords_are_not_printed() {
        let config = SmtpConfig::tls("smtp.example.com", "no-reply@example.com")
            .credentials("acme", "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
        let sender = SmtpSender::new(config).expect("good");
        assert!(!format!("{sender:?}").contains("hunter2"));
    }
}
