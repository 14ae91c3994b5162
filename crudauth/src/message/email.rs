use std::fmt::{self, Debug};

use idna::domain_to_ascii;

use super::templates::Renderer;
use super::{Channel, Delivery, DeliveryError, Message, MessageKind, Templates};
use crate::error::StartupError;

/// An e-mail, ready to be sent.
///
/// It is made from [`Templates`] only, so that the recipient is one plain address, and
/// neither it nor the subject breaks a line: no header can be smuggled in.
#[derive(Clone)]
pub struct Email {
    message: Message,
    to: String,
    subject: String,
    text: String,
    html: String,
}

impl Email {
    pub(super) fn new(
        message: Message,
        subject: String,
        text: String,
        html: String,
    ) -> Result<Self, DeliveryError> {
        let to = on_the_wire(message.recipient())
            .filter(|to| is_one_address(to))
            .ok_or_else(|| DeliveryError::permanent("the recipient is not an e-mail address"))?;
        if subject.is_empty() || subject.contains(char::is_control) {
            return Err(DeliveryError::permanent("the subject is not one line of text"));
        }
        if message.link().is_some_and(|link| link.contains(char::is_control)) {
            return Err(DeliveryError::permanent("the link has control characters"));
        }
        if message.code().is_some_and(|code| code.contains(char::is_control)) {
            return Err(DeliveryError::permanent("the code has control characters"));
        }
        Ok(Self { message, to, subject, text, html })
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.message.kind()
    }

    /// The address it goes to, as a mail server takes it: the domain is in ASCII (Punycode), unless
    /// the part before the `@` is beyond ASCII too and only a server with SMTPUTF8 (RFC 6531) can
    /// take it at all. [`Message::recipient`] has it as it is stored.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The subject: one line.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The body as plain text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body as HTML.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The link in it. A secret.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.message.link()
    }

    /// The code in it. A secret.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.message.code()
    }

    /// What it says, without words.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.message
    }
}

impl Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// `address` with its domain in ASCII, where that is enough to make all of it ASCII: such an address
/// reaches its mailbox through every server. `None` if that is no domain.
pub(super) fn on_the_wire(address: &str) -> Option<String> {
    match address.rsplit_once('@') {
        Some((local, domain)) if local.is_ascii() && !domain.is_ascii() => {
            let domain = domain_to_ascii(domain).ok()?;
            Some(format!("{local}@{domain}"))
        }
        _ => Some(address.to_owned()),
    }
}

/// Whether `text` after `To:` names exactly one mailbox.
fn is_one_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let separates = |c: char| c.is_control() || c.is_whitespace() || ",;:<>()[]\\\"@".contains(c);
    let is_plain = |part: &str| !part.is_empty() && !part.contains(separates);
    (is_plain(local) || is_quoted(local)) && is_plain(domain)
}

/// Whether `local` is one quoted string (RFC 5321, section 4.1.2): no quotation mark in it ends it
/// before its end, and nothing in it ends the line.
fn is_quoted(local: &str) -> bool {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner.filter(|inner| !inner.is_empty()) else { return false };
    let mut escaped = false;
    for c in inner.chars() {
        if c.is_control() || (c == '"' && !escaped) {
            return false;
        }
        escaped = c == '\\' && !escaped;
    }
    !escaped
}

/// The port to what sends e-mails.
///
/// [`ConsoleSender`](super::ConsoleSender) and [`FileSender`](super::FileSender) are for
/// development; `SmtpSender` (feature `smtp`) and `WebhookSender` (feature `webhook`) reach people.
pub trait EmailSender: Debug + Send + Sync + 'static {
    /// Sends `email`. It is out of our hands when the answer is `Ok`.
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a>;
}

/// The channel `email`: renders a message and hands it to a sender.
///
/// ```
/// use crudauth::message::{ConsoleSender, EmailChannel, Templates};
///
/// let channel = EmailChannel::new(ConsoleSender::for_development_only(), Templates::new())?;
/// # Ok::<(), crudauth::StartupError>(())
/// ```
#[derive(Debug)]
pub struct EmailChannel {
    sender: Box<dyn EmailSender>,
    renderer: Renderer,
}

impl EmailChannel {
    /// E-mail through `sender`, in the words of `templates`.
    ///
    /// # Errors
    ///
    /// Where a template has a mistake; the error names the template.
    pub fn new(sender: impl EmailSender, templates: Templates) -> Result<Self, StartupError> {
        Ok(Self { sender: Box::new(sender), renderer: templates.compile()? })
    }
}

impl Channel for EmailChannel {
    fn name(&self) -> &str {
        "email"
    }

    fn sends_email(&self) -> bool {
        true
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a> {
        Box::pin(async move {
            let email = self.renderer.render(message)?;
            self.sender.send(&email).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(to: &str, subject: &str, link: &str) -> Result<Email, DeliveryError> {
        let message = Message::new(MessageKind::ResetPassword, to).with_link(link);
        Email::new(message, subject.to_owned(), String::new(), String::new())
    }

    #[test]
    fn no_header_can_be_smuggled_in() {
        assert!(email("ada@example.com", "Hello", "https://a.example").is_ok());
        assert!(email("ada@bücher.example", "Grüße", "https://a.example").is_ok());
        for to in ["\"q q\"@x", "\"a@b,c <d>\"@x.example", "\"a\\\"b\\\\\"@x.example"] {
            assert!(email(to, "Hello", "https://a.example").is_ok(), "{to}");
        }
        for to in [
            "",
            "ada",
            "\"\"@example.com",
            "\"@example.com",
            "\"a\" b\"@example.com",
            "\"a\", eve@example.com, \"b\"@example.com",
            "\"a\\\"@example.com",
            "\"a\0b\"@example.com",
            "\"a\u{85}b\"@example.com",
            "@example.com",
            "ada@",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@example.com\nBcc: eve@example.com",
            "ada@example.com\0",
            "ada@example.com, eve@example.com",
            "ada@example.com;eve@example.com",
            "Ada <ada@example.com>",
            "<ada@example.com>",
            "eve@example.com@example.com",
            "\"ada\r\n\"@example.com",
            "ada@[127.0.0.1]",
        ] {
            let error = email(to, "Hello", "https://a.example").expect_err(to);
            assert!(error.is_permanent(), "{to:?}");
        }
        for subject in ["", "Hello\r\nBcc: eve@example.com", "Hello\n", "a\rb", "a\u{85}b"] {
            assert!(email("ada@example.com", subject, "https://a.example").is_err(), "{subject:?}");
        }
        assert!(email("ada@example.com", "Hello", "https://a.example/\u{1b}[2J").is_err());
    }

    #[test]
    fn a_domain_is_in_ascii_where_all_of_the_address_then_is() {
        let to = |to: &str| email(to, "Hello", "https://a.example").map(|it| it.to().to_owned());
        for (stored, on_the_wire) in [
            ("user@münchen.de", "user@xn--mnchen-3ya.de"),
            ("\"q q\"@münchen.de", "\"q q\"@xn--mnchen-3ya.de"),
            ("user@example.com", "user@example.com"),
            ("üser@münchen.de", "üser@münchen.de"),
            ("üser@example.com", "üser@example.com"),
        ] {
            assert_eq!(to(stored).expect(stored), on_the_wire);
        }
        let never_a_domain = format!("user@{}ü", "xn--".repeat(30));
        assert!(to(&never_a_domain).expect_err("no domain").is_permanent());
    }

    #[test]
    fn what_is_printed_has_no_secret() {
        let email = email("ada@example.com", "Hello", "https://a.example/t0k3n").expect("good");
        assert_eq!(format!("{email:?}"), "Email { kind: ResetPassword, .. }");
    }
}
