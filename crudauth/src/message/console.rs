use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::{Delivery, DeliveryError, Email, EmailSender};

/// Prints e-mails to the standard error of the process instead of sending them, links and codes included.
///
/// For development: a reader of the output can reset every password.
#[derive(Debug)]
pub struct ConsoleSender(());

impl ConsoleSender {
    /// A sender whose mails reach no mailbox.
    #[must_use]
    pub fn for_development_only() -> Self {
        Self(())
    }
}

impl EmailSender for ConsoleSender {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        Box::pin(async move {
            io::stderr().write_all(shown(email).as_bytes()).map_err(DeliveryError::temporary)
        })
    }
}

fn shown(email: &Email) -> String {
    let mut shown = format!("── mail to {}: {}\n", email.to(), email.subject());
    if let Some(link) = email.link() {
        // Writing to a `String` does not fail.
        let _ = writeln!(shown, "── {link}");
    }
    if let Some(code) = email.code() {
        let _ = writeln!(shown, "── {code}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, MessageKind, Templates};

    #[test]
    fn the_link_can_be_followed_from_the_console() {
        let message = Message::new(MessageKind::VerifyEmail, "ada@example.com")
            .with_link("https://app.example.com/verify?token=1");
        let email = Templates::new().compile().expect("good").render(&message).expect("good");
        assert_eq!(
            shown(&email),
            "── mail to ada@example.com: Verify your email\n\
             ── https://app.example.com/verify?token=1\n"
        );
    }
}
