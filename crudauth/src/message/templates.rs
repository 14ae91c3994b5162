//! The words of e-mails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::{DeliveryError, Email, Message, MessageKind};
use crate::error::StartupError;

/// The texts in which e-mails are written, in the language of Jinja: bundled ones in English, each
/// replaceable.
///
/// A message of the kind `reset_password` is written by `reset_password.subject.txt`,
/// `reset_password.txt` and `reset_password.html`, and so for each [`MessageKind`]. The bundled
/// HTML extends `layout.html`, which has the blocks `title` and `body`. A name that begins with
/// `_` is free for parts to include or to extend.
///
/// What a template can use: `link` and `expires_in` (in words, as in `1 hour`; both are undefined
/// if the message has no link), `expires_in_seconds`, `code` (in `email_code` alone), `claims`
/// ([`Message::claims`]), `recipient`, `kind`, and what [`value`](Self::value) adds. Values are escaped in HTML. A name that is not defined is a
/// mistake, and no mistake waits for the first mail: every template is tried when the
/// [`EmailChannel`](super::EmailChannel) is made.
///
/// ```
/// use crudauth::message::{ConsoleSender, EmailChannel, Templates};
///
/// let templates = Templates::new()
///     .value("product", "Acme")
///     .replace("reset_password.subject.txt", "Your new password for {{ product }}");
/// EmailChannel::new(ConsoleSender::for_development_only(), templates)?;
///
/// let mistaken = Templates::new().replace("reset_password.html", "<a href='{{ lnk }}'>");
/// let error = EmailChannel::new(ConsoleSender::for_development_only(), mistaken).unwrap_err();
/// assert!(error.to_string().contains("reset_password.html"));
/// # Ok::<(), crudauth::StartupError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Templates {
    folders: Vec<PathBuf>,
    sources: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

impl Templates {
    /// The bundled texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces templates by the files of the same names in `folder`, which is read once, when the
    /// channel is made. Files that end in neither `.txt` nor `.html` are passed over. Of two
    /// folders, the later one prevails.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Replaces the template `name` by `source`. It prevails over the folders.
    #[must_use]
    pub fn replace(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        self.sources.insert(name.into(), source.into());
        self
    }

    /// A value for all templates, such as the name of the product.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Reads, parses and tries all templates.
    pub(super) fn compile(self) -> Result<Renderer, StartupError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        // An error would otherwise carry the values at hand, the link among them.
        environment.set_debug(false);
        for (name, value) in self.values {
            environment.add_global(name, value);
        }
        for (name, source) in BUNDLED {
            add(&mut environment, name, (*source).to_owned(), "the bundled template")?;
        }
        for folder in self.folders {
            for (name, source) in read(&folder)? {
                let origin = format!("the template in {}", folder.display());
                add(&mut environment, &name, source, &origin)?;
            }
        }
        for (name, source) in self.sources {
            add(&mut environment, &name, source, "the template")?;
        }
        let renderer = Renderer { environment };
        MessageKind::ALL.into_iter().try_for_each(|kind| renderer.try_out(kind))?;
        Ok(renderer)
    }
}

fn add(
    environment: &mut Environment<'static>,
    name: &str,
    source: String,
    origin: &str,
) -> Result<(), StartupError> {
    if !is_known(name) {
        return Err(StartupError::setting(format!(
            "{origin} `{name}` writes no message: names are as in `reset_password.subject.txt`, \
             `reset_password.txt` and `reset_password.html`, or begin with `_`"
        )));
    }
    environment
        .add_template_owned(name.to_owned(), source)
        .map_err(|error| StartupError::setting(format!("{origin} `{name}`: {error}")))
}

fn is_known(name: &str) -> bool {
    name.starts_with('_') || BUNDLED.iter().any(|(known, _)| *known == name)
}

/// The templates in `folder`.
fn read(folder: &Path) -> Result<Vec<(String, String)>, StartupError> {
    let failed = |path: &Path, error: std::io::Error| {
        StartupError::setting(format!("templates cannot be read from {}: {error}", path.display()))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.ends_with(".txt") || name.ends_with(".html") {
            let source = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            found.push((name.to_owned(), source));
        }
    }
    Ok(found)
}

/// Templates that have been tried.
#[derive(Debug)]
pub(super) struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    /// `message` in words.
    pub(super) fn render(&self, message: &Message) -> Result<Email, DeliveryError> {
        // The text of an error may quote what was rendered, so only its position is reported.
        let part = |name: String| {
            self.part(&name, message).map_err(|error| {
                let (kind, line) = (error.kind(), error.line().unwrap_or_default());
                DeliveryError::permanent(format!("the template `{name}`, line {line}: {kind}"))
            })
        };
        let kind = message.kind();
        let subject = part(subject_name(kind))?.trim().to_owned();
        let (text, html) = (part(text_name(kind))?, part(html_name(kind))?);
        Email::new(message.clone(), subject, text, html)
    }

    fn part(&self, name: &str, message: &Message) -> Result<String, minijinja::Error> {
        let expires_in = message.expires_in();
        self.environment.get_template(name)?.render(context! {
            kind => message.kind().as_str(),
            recipient => message.recipient(),
            link => Value::from(message.link()),
            code => Value::from(message.code()),
            claims => message.claims(),
            expires_in => Value::from(expires_in.map(in_words)),
            expires_in_seconds => Value::from(expires_in.map(|left| left.as_secs())),
        })
    }

    /// Writes a message of `kind` as a trial, so that a mistake shows at start-up.
    fn try_out(&self, kind: MessageKind) -> Result<(), StartupError> {
        const TOKEN: &str = "t0ken0f0a0trial";
        let bare = Message::new(kind, "ada@example.com");
        let whole = bare
            .clone()
            .with_link(format!("https://app.example.com/?token={TOKEN}"))
            .with_expires_in(Duration::from_secs(3600));
        let trials = match needed(kind) {
            Some(Needed::Link) => vec![whole.clone(), whole.with_claim(true)],
            Some(Needed::Code) => {
                let coded = bare.with_code(TOKEN).with_expires_in(Duration::from_secs(600));
                vec![coded.clone(), coded.with_claim(true)]
            }
            None => vec![whole, bare],
        };
        for message in trials {
            for name in [subject_name(kind), text_name(kind), html_name(kind)] {
                let mistake =
                    |text: String| StartupError::setting(format!("the template `{name}` {text}"));
                let written = self
                    .part(&name, &message)
                    .map_err(|error| mistake(format!("cannot be written: {error}")))?;
                let written = written.trim();
                if name == subject_name(kind) {
                    if written.is_empty() || written.contains(char::is_control) {
                        return Err(mistake("must be one line of text".to_owned()));
                    }
                    if written.contains(TOKEN) {
                        let secret = needed(kind).unwrap_or(Needed::Link).name();
                        return Err(mistake(format!("shows the {secret}, which is a secret")));
                    }
                } else if let Some(needed) = needed(kind).filter(|_| !written.contains(TOKEN)) {
                    let name = needed.name();
                    let way_out = format!("does not show the {name}: add `{{{{ {name} }}}}`");
                    return Err(mistake(way_out));
                }
            }
        }
        Ok(())
    }
}

/// That without which a message is pointless.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Link,
    Code,
}

impl Needed {
    fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
        }
    }
}

fn needed(kind: MessageKind) -> Option<Needed> {
    use MessageKind as Kind;
    match kind {
        Kind::VerifyEmail
        | Kind::VerifyRecovery
        | Kind::ResetPassword
        | Kind::ChangeEmail
        | Kind::MagicLink
        | Kind::SignUpLink => Some(Needed::Link),
        Kind::EmailCode => Some(Needed::Code),
        _ => None,
    }
}

fn subject_name(kind: MessageKind) -> String {
    format!("{kind}.subject.txt")
}

fn text_name(kind: MessageKind) -> String {
    format!("{kind}.txt")
}

fn html_name(kind: MessageKind) -> String {
    format!("{kind}.html")
}

/// A span of time as people say it, never longer than it is but for the seconds.
fn in_words(span: Duration) -> String {
    let minutes = (span.as_secs() + 30) / 60;
    let (count, unit) = match minutes {
        0 => return "less than a minute".to_owned(),
        60 => (1, "hour"),
        1..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

macro_rules! bundled {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("bundled/", $name)))),*] };
}

const BUNDLED: &[(&str, &str)] = bundled! {
    "layout.html"
    "verify_email.subject.txt" "verify_email.txt" "verify_email.html"
    "verify_recovery.subject.txt" "verify_recovery.txt" "verify_recovery.html"
    "reset_password.subject.txt" "reset_password.txt" "reset_password.html"
    "change_email.subject.txt" "change_email.txt" "change_email.html"
    "magic_link.subject.txt" "magic_link.txt" "magic_link.html"
    "sign_up_link.subject.txt" "sign_up_link.txt" "sign_up_link.html"
    "email_code.subject.txt" "email_code.txt" "email_code.html"
    "existing_account.subject.txt" "existing_account.txt" "existing_account.html"
    "email_changed.subject.txt" "email_changed.txt" "email_changed.html"
    "password_changed.subject.txt" "password_changed.txt" "password_changed.html"
    "provider_linked.subject.txt" "provider_linked.txt" "provider_linked.html"
    "provider_unlinked.subject.txt" "provider_unlinked.txt" "provider_unlinked.html"
    "mfa_enabled.subject.txt" "mfa_enabled.txt" "mfa_enabled.html"
    "mfa_disabled.subject.txt" "mfa_disabled.txt" "mfa_disabled.html"
    "recovery_codes_few.subject.txt" "recovery_codes_few.txt" "recovery_codes_few.html"
    "recovery_codes_replaced.subject.txt" "recovery_codes_replaced.txt"
    "recovery_codes_replaced.html"
};

#[cfg(test)]
mod tests {
    use super::*;

    fn written(templates: Templates, kind: MessageKind) -> Email {
        let message = Message::new(kind, "o'hara&co@example.com")
            .with_link("https://app.example.com/?token=a\"><script>&b=c")
            .with_expires_in(Duration::from_secs(3600));
        templates.compile().expect("no mistake").render(&message).expect("an e-mail")
    }

    fn mistake(templates: Templates) -> String {
        templates.compile().expect_err("a mistake").to_string()
    }

    #[test]
    fn every_kind_has_its_words() {
        let renderer = Templates::new().compile().expect("no mistake");
        let mut subjects = Vec::new();
        for kind in MessageKind::ALL {
            let bare = Message::new(kind, "ada@example.com");
            let email = renderer.render(&bare).expect("an e-mail");
            assert!(!email.text().is_empty() && email.html().contains("</html>"), "{kind}");
            subjects.push(email.subject().to_owned());
        }
        assert_eq!(
            subjects,
            [
                "Verify your email",
                "Confirm how to recover your account",
                "Reset your password",
                "Confirm your new email",
                "Your sign-in link",
                "Finish signing up",
                "Your sign-in code",
                "You already have an account",
                "Your email address was changed",
                "Your password was changed",
                "A sign-in provider was linked to your account",
                "A sign-in provider was removed from your account",
                "Two-factor authentication is on",
                "Two-factor authentication is off",
                "Few recovery codes are left",
                "Your recovery codes were replaced",
            ]
        );
    }

    #[test]
    fn values_are_escaped_in_html_and_as_they_are_in_text() {
        let email = written(Templates::new(), MessageKind::ResetPassword);
        assert!(!email.html().contains("<script>"), "{}", email.html());
        assert!(email.html().contains("&lt;script&gt;"), "{}", email.html());
        assert!(email.text().contains("token=a\"><script>&b=c"), "{}", email.text());
        assert!(email.text().contains("for 1 hour."), "{}", email.text());
    }

    #[test]
    fn each_part_can_be_replaced_by_code_and_by_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, source: &str| {
            fs::write(folder.path().join(name), source).expect("written");
        };
        put("_sign-off.txt", "Yours, {{ product }}");
        put("reset_password.txt", "{{ link }} {% include '_sign-off.txt' %}");
        put("reset_password.subject.txt", "From the folder");
        put("layout.html", "<main>{% block body %}{% endblock %}</main>");
        put("README.md", "{{ not a template");
        let templates = Templates::new()
            .replace("reset_password.subject.txt", "By code, {{ product }}\n")
            .value("product", "Acme & Sons")
            .folder(folder.path());
        let email = written(templates, MessageKind::ResetPassword);
        assert_eq!(email.subject(), "By code, Acme & Sons");
        assert!(email.text().ends_with("Yours, Acme & Sons"), "{}", email.text());
        assert!(email.html().starts_with("<main>"), "{}", email.html());
    }

    #[test]
    fn a_mistake_is_found_at_start_up_and_names_the_template() {
        let with = |name: &str, source: &str| mistake(Templates::new().replace(name, source));
        for (name, source, says) in [
            ("reset_password.html", "{% if link %}{{ link }}", "syntax error"),
            ("reset_password.html", "{{ lnk }}", "undefined"),
            ("reset_password.html", "{{ recipient }}", "does not show the link"),
            ("reset_password.txt", "ask us", "does not show the link"),
            ("reset_password.subject.txt", "one\ntwo", "one line"),
            ("reset_password.subject.txt", " ", "one line"),
            ("reset_password.subject.txt", "{{ link }}", "a secret"),
            ("email_code.txt", "ask us", "does not show the code"),
            ("email_code.subject.txt", "{{ code }}", "the code, which is a secret"),
            ("magic_link.html", "{{ link }}{% if claims %}{{ clams }}{% endif %}", "undefined"),
            ("email_changed.html", "{% if link %}{% else %}{{ lnk }}{% endif %}", "undefined"),
            ("password_reset.html", "{{ link }}", "writes no message"),
        ] {
            let text = with(name, source);
            assert!(text.contains(name) && text.contains(says), "{text}");
        }
        let missing = mistake(Templates::new().folder("/no/such/folder"));
        assert!(missing.contains("/no/such/folder"), "{missing}");
    }

    #[test]
    fn a_mistake_at_run_time_does_not_quote_what_was_written() {
        let templates = Templates::new().replace(
            "reset_password.txt",
            "{{ link }}{% if 't0ken0f0a0trial' not in link %}{{ link.nothing.at_all }}{% endif %}",
        );
        let message =
            Message::new(MessageKind::ResetPassword, "ada@example.com").with_link("s3cret");
        let error = templates.compile().expect("passes").render(&message).expect_err("a mistake");
        assert!(error.is_permanent());
        let told = crate::chain::chain(&error);
        assert!(told.contains("reset_password.txt"), "{told}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn a_recipient_and_a_subject_cannot_add_headers() {
        let renderer = Templates::new()
            .replace("email_changed.subject.txt", "For {{ recipient }}")
            .compile()
            .expect("no mistake");
        let message =
            Message::new(MessageKind::EmailChanged, "ada@example.com\r\nBcc: e@e.example");
        assert!(renderer.render(&message).expect_err("refused").is_permanent());
    }

    #[test]
    fn spans_are_told_as_people_say_them() {
        for (seconds, words) in [
            (10, "less than a minute"),
            (60, "1 minute"),
            (3599, "1 hour"),
            (3000, "50 minutes"),
            (5400, "90 minutes"),
            (7200, "2 hours"),
            (86_399, "24 hours"),
            (83_000, "23 hours"),
            (259_200, "3 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words, "{seconds} s");
        }
    }
}
