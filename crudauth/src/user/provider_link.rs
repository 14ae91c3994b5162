//! What links a user to an identity at a provider, where the users table has columns for it.

use std::fmt;

use super::{ColumnSchema, Logical, LogicalFields, UserSchema};

/// A user's identity at a provider: the name of the provider, and the provider's own name of the
/// account there.
///
/// Where the struct has the logical field of the provider, `google_id` or `github_id`, its column is
/// the link: see [`UserSchema::link_column`].
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderLink {
    provider: String,
    subject: String,
}

impl ProviderLink {
    /// The account `subject` at the provider that is mounted as `provider`.
    #[must_use]
    pub fn new(provider: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { provider: provider.into(), subject: subject.into() }
    }

    /// The name of the provider, as in its paths: `google`.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The provider's own name of the account. Its case counts.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Shows the provider alone.
impl fmt::Debug for ProviderLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderLink").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The logical fields that link a user, each with the name of its provider.
const LINKS: [(&str, Logical); 2] = [("google", Logical::GoogleId), ("github", Logical::GithubId)];

impl Logical {
    /// The logical field that links a user to the provider of this name, where there is one.
    #[must_use]
    pub fn link_to(provider: &str) -> Option<Self> {
        LINKS.into_iter().find(|(name, _)| *name == provider).map(|(_, logical)| logical)
    }
}

impl UserSchema {
    /// The column that links a user to the provider of this name; `None` where the struct has none.
    #[must_use]
    pub fn link_column(&self, provider: &str) -> Option<&'static ColumnSchema> {
        let logical = Logical::link_to(provider)?;
        self.columns.iter().find(|column| column.logical == Some(logical))
    }

    /// The columns that link a user to a provider, each with the name of its provider.
    pub fn link_columns(&self) -> impl Iterator<Item = (&'static str, &'static ColumnSchema)> {
        let columns = self.columns;
        LINKS.into_iter().filter_map(move |(provider, logical)| {
            Some((provider, columns.iter().find(|column| column.logical == Some(logical))?))
        })
    }

    /// Whether a row says by which provider its user signs in: the struct has one of the logical
    /// fields `google_id`, `github_id`, `oauth_provider`, `oauth_created_at` and `oauth_updated_at`.
    #[must_use]
    pub fn names_providers(&self) -> bool {
        self.columns.iter().any(|column| {
            matches!(
                column.logical,
                Some(
                    Logical::GoogleId
                        | Logical::GithubId
                        | Logical::OauthProvider
                        | Logical::OauthCreatedAt
                        | Logical::OauthUpdatedAt
                )
            )
        })
    }
}

impl LogicalFields<'_> {
    /// The account at the provider of this name that the row is linked to; `None` where the column
    /// is NULL, or the struct has none. An empty text is no account.
    #[must_use]
    pub fn subject_at(&self, provider: &str) -> Option<&str> {
        let subject = match Logical::link_to(provider)? {
            Logical::GoogleId => self.google_id,
            Logical::GithubId => self.github_id,
            _ => None,
        };
        subject.filter(|subject| !subject.is_empty())
    }
}
