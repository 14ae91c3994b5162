//! How a struct maps to its table, as data.

use super::LoginField;

/// How a user struct maps to its table.
#[derive(Debug, Clone, Copy)]
pub struct UserSchema {
    /// The name of the struct.
    pub user: &'static str,
    /// Its columns, in the order of the fields.
    pub columns: &'static [ColumnSchema],
    /// What users sign in by, in the order of preference.
    pub login: &'static [LoginField],
    /// The recovery factor, by the name of its field.
    pub recovery: Option<&'static str>,
}

/// One field of a user struct and the column it lives in.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSchema {
    /// The name of the field.
    pub field: &'static str,
    /// The name of the column in SQL.
    pub column: &'static str,
    /// The logical field that it plays.
    pub logical: Option<Logical>,
    /// What fills it at sign-up.
    pub fill: Fill,
}

impl ColumnSchema {
    /// Whether users sign in by this column when they sign in by `field`.
    #[must_use]
    pub fn is_login(&self, field: LoginField) -> bool {
        match field {
            LoginField::Email => self.logical == Some(Logical::Email),
            LoginField::Username => self.logical == Some(Logical::Username),
            LoginField::Other(name) => self.logical.is_none() && self.fill == Fill::Client(name),
        }
    }
}

/// How a column gets its value when a user signs up. Exactly one per column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// crudauth: the hash, the flags, the epoch, the times.
    Crudauth,
    /// The client, under this name on the wire.
    Client(&'static str),
    /// The database, by its default.
    Database,
    /// The application's new-user hook.
    Provisioned,
    /// Nothing: the column is nullable.
    Null,
}

macro_rules! logical_fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A field that crudauth knows by meaning, whatever its column is called.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Logical {
            $($(#[$doc])* $variant,)*
        }

        impl Logical {
            /// Every logical field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as in `#[auth(logical = "..")]`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

logical_fields! {
    /// The primary key.
    Id = "id",
    /// The e-mail address.
    Email = "email",
    /// The user name.
    Username = "username",
    /// The stored password hash.
    HashedPassword = "hashed_password",
    /// Whether the account may sign in.
    IsActive = "is_active",
    /// Whether the account has every privilege.
    IsSuperuser = "is_superuser",
    /// Whether the owner has proved the e-mail address.
    EmailVerified = "email_verified",
    /// Whether the owner has proved a recovery factor other than e-mail: `{factor}_verified`.
    FactorVerified = "{factor}_verified",
    /// The credential epoch.
    TokenVersion = "token_version",
    /// The provider that the account was made through.
    OauthProvider = "oauth_provider",
    /// The user's id at Google.
    GoogleId = "google_id",
    /// The user's id at GitHub.
    GithubId = "github_id",
    /// When the first provider was linked.
    OauthCreatedAt = "oauth_created_at",
    /// When a provider was last linked.
    OauthUpdatedAt = "oauth_updated_at",
    /// The encrypted TOTP secret.
    TotpSecretEncrypted = "totp_secret_encrypted",
    /// When TOTP was confirmed.
    TotpConfirmedAt = "totp_confirmed_at",
    /// The last TOTP step that was used.
    TotpLastStep = "totp_last_step",
    /// The digests of the recovery codes.
    MfaRecoveryCodes = "mfa_recovery_codes",
    /// When the row was created.
    CreatedAt = "created_at",
    /// When crudauth last changed the row.
    UpdatedAt = "updated_at",
}
