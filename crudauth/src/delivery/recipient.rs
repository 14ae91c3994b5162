use crate::event::{LogSafe, Withheld};
use crate::user::{AuthUser, StoredUser};

/// The user whom a message concerns, and why it may be withheld.
pub(crate) struct Recipient<'a, U> {
    user: Option<&'a StoredUser<U>>,
    withheld: Option<Withheld>,
}

impl<'a, U: AuthUser> Recipient<'a, U> {
    /// The owner of an address, if there is one.
    pub(crate) fn new(user: Option<&'a StoredUser<U>>) -> Self {
        Self { user, withheld: user.is_none().then_some(Withheld::NoAccount) }
    }

    /// A person who has no account yet, and gets one by the message.
    pub(crate) fn newcomer() -> Self {
        Self { user: None, withheld: None }
    }

    /// Withholds the message for `reason` if `holds`. The first reason counts.
    pub(crate) fn withheld_if(mut self, holds: bool, reason: Withheld) -> Self {
        if holds && self.withheld.is_none() {
            self.withheld = Some(reason);
        }
        self
    }

    /// The user to write to; `None` if the message is a decoy.
    pub(crate) fn deliverable(&self) -> Option<&'a StoredUser<U>> {
        self.user.filter(|_| self.withheld.is_none())
    }

    pub(super) fn withheld(&self) -> Option<Withheld> {
        self.withheld
    }

    /// The id of the user, also if the message is withheld.
    pub(super) fn id(&self) -> Option<LogSafe> {
        self.user.map(|user| LogSafe::from_display(user.id()))
    }
}
