use std::sync::{Arc, Mutex, PoisonError};

use crudauth::message::{Delivery, Email, EmailSender};
use crudauth::outbox::Outbox;
use crudauth::{AuthUser, CrudAuth, EmailConfig};

use super::TestApp;

/// A sender that keeps what it is given. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Mailbox {
    arrived: Arc<Mutex<Vec<Mail>>>,
}

/// An e-mail that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: String,
    /// What it is about.
    pub kind: String,
    /// The link in it.
    pub link: Option<String>,
    /// The code in it.
    pub code: Option<String>,
    /// Its plain text.
    pub text: String,
}

impl Mail {
    /// The token in the link.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn token(&self) -> &str {
        let link = self.link.as_deref().expect("a link");
        link.split_once("token=").expect("a token").1
    }
}

impl Mailbox {
    /// As [`default_config`](Self::default_config), and accounts may sign in before they are
    /// verified, for tests that are about something else.
    pub fn config(&self) -> EmailConfig {
        self.default_config().unverified_may_sign_in()
    }

    /// A configuration that sends here when it is told to, with links to `https://app.example.com`,
    /// and everything else as it is by default.
    pub fn default_config(&self) -> EmailConfig {
        EmailConfig::new(self.clone())
            .frontend_url("https://app.example.com/")
            .delivered_elsewhere()
    }

    /// What has arrived since the last look.
    ///
    /// # Panics
    ///
    /// If the outbox of `app` cannot be read.
    pub async fn open(&self, app: &TestApp) -> Vec<Mail> {
        self.mails(&app.auth).await
    }

    /// As [`open`](Self::open), of an application that is no [`TestApp`].
    ///
    /// # Panics
    ///
    /// If its outbox cannot be read.
    pub async fn mails<U: AuthUser>(&self, auth: &CrudAuth<U>) -> Vec<Mail> {
        self.from(auth.outbox().expect("messages are sent")).await
    }

    /// As [`mails`](Self::mails), of an application whose outbox is at hand.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub async fn from(&self, outbox: &Outbox) -> Vec<Mail> {
        outbox.run_due().await.expect("the outbox works");
        std::mem::take(&mut self.lock())
    }

    /// The one mail that has arrived since the last look.
    ///
    /// # Panics
    ///
    /// If it is not exactly one.
    pub async fn only(&self, app: &TestApp) -> Mail {
        let mut mails = self.open(app).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails.remove(0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Mail>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EmailSender for Mailbox {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        let link = email.link().map(str::to_owned);
        let kind = email.kind().as_str().to_owned();
        let (code, text) = (email.code().map(str::to_owned), email.text().to_owned());
        self.lock().push(Mail { to: email.to().to_owned(), kind, link, code, text });
        Box::pin(std::future::ready(Ok(())))
    }
}
