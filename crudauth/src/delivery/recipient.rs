use crate::event::{Plain, Withheld};
use crate::user::AuthUser;

/// Whom a message concerns, and whether it is written.
pub(crate) struct Recipient<'a, U> {
    user: Option<&'a U>,
    withheld: Option<Withheld>,
}

impl<'a, U: AuthUser> Recipient<'a, U> {
    /// The owner of an address, if there is one.
    pub(crate) fn new(user: Option<&'a U>) -> Self {
        Self { user, withheld: user.is_none().then_some(Withheld::NoAccount) }
    }

    /// Is not written to where `reason` holds, unless there was a reason before.
    pub(crate) fn withheld_if(mut self, holds: bool, reason: Withheld) -> Self {
        if holds && self.withheld.is_none() {
            self.withheld = Some(reason);
        }
        self
    }

    /// The user to write to; `None` where a decoy does the work.
    pub(super) fn deliverable(&self) -> Option<&'a U> {
        self.user.filter(|_| self.withheld.is_none())
    }

    pub(super) fn withheld(&self) -> Option<Withheld> {
        self.withheld
    }

    /// The user's id, also where nothing is written.
    pub(super) fn id(&self) -> Option<Plain> {
        self.user.map(|user| Plain::of(user.id()))
    }
}
