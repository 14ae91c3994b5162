//! The identity that a sign-in was proved by.

/// The identity at a provider that a sign-in was proved by, as sessions and tokens remember it: so a
/// user sees by which provider a sign-in began, and an identity that is unlinked takes its own along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderLogin {
    /// The name of the provider.
    pub(crate) provider: String,
    /// The keyed digest of the identity.
    pub(crate) identity: String,
}

impl ProviderLogin {
    /// The form in a record: no name of a provider has a blank.
    pub(crate) fn to_text(&self) -> String {
        format!("{} {}", self.provider, self.identity)
    }

    /// `None` for what [`to_text`](Self::to_text) has not written.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (provider, identity) = text.split_once(' ')?;
        Some(Self { provider: provider.to_owned(), identity: identity.to_owned() })
    }
}
