//! The contract between the application's user struct and crudauth.
//!
//! Everything here is implemented by `#[derive(AuthUser)]`; an application names [`AuthUser`] in
//! bounds and reads [`LogicalFields`], and rarely needs more. There is no I/O in this module.

mod beside;
mod capability;
mod change;
mod flag;
mod id;
#[macro_use]
mod logical_fields;
mod login;
mod new_user;
mod provider_link;
mod register;
mod schema;
mod second_factor;
mod stored;
mod tenant;
mod timestamp;

pub use self::beside::Beside;
#[cfg(feature = "sql")]
pub(crate) use self::beside::proved_by;
pub use self::capability::{
    HasActive, HasEmail, HasEmailVerified, HasEpoch, HasRecovery, HasSecondFactor, HasSuperuser,
    HasTenant, HasUsername, MadeOfAddress, NothingFromForm, SecondFactorsEndSessions,
    SignsInByProviders,
};
pub use self::change::{Assignments, Change, Conditions, Unlinked};
pub use self::flag::{UserFlag, When};
pub use self::id::{NewId, UserId};
pub use self::login::{LoginField, LoginName, UsernameCase};
pub use self::new_user::{NewUser, NoFormFields, Nothing, NothingProvisioned};
pub use self::provider_link::ProviderLink;
pub use self::register::{RegisterFields, RegisterInput, RegisterSchema};
pub use self::schema::{ColumnSchema, Fill, Logical, RowScope, UserSchema};
pub use self::second_factor::{
    FactorAssignments, FactorChange, FactorColumns, FactorPlace, FactorState,
};
pub use self::stored::{AnswersWhole, StoredUser};
pub use self::tenant::{NoTenant, TenantId, UnknownTenant};
pub use self::timestamp::UserTimestamp;

use std::fmt;
use std::time::SystemTime;

/// A struct that is a row of the application's users table.
///
/// Derive it: `#[derive(AuthUser)]` maps the struct's columns to crudauth's logical fields and
/// refuses what it cannot map. Implementing it by hand is possible and gives up those checks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not set up as a crudauth user",
    label = "needs `AuthUser`",
    note = "add `#[derive(crudauth::AuthUser)]` to `{Self}`"
)]
pub trait AuthUser: Sized + Send + Sync + 'static {
    /// The type of the primary key.
    type Id: UserId;
    /// What a client may send at sign-up, the password aside: `{User}Register`.
    type Register: RegisterFields;
    /// What tells the tenants apart whose users are in the table, by the field that says
    /// `#[auth(tenant)]`; or [`NoTenant`].
    type Tenant: TenantId;
    /// What the application's new-user hook fills: `{User}Provisioned`, or
    /// [`NothingProvisioned`].
    type Provisioned: Send + 'static;
    /// What a sign-up needs and no provider says: `{User}OAuthFields`, with the fields of
    /// `{User}Register` that are no `Option`, but for `email` and `username`; or [`NoFormFields`].
    type OAuthFields: Send + 'static;

    /// How the struct maps to its table.
    const SCHEMA: UserSchema;

    /// Where second factors of the users are kept. Default: nowhere.
    const SECOND_FACTORS: Option<FactorPlace> = None;

    /// The sign-up of a user who signs in by a provider and fills in no form. Optional fields are absent.
    ///
    /// A struct without `email` or without `username` has no place for it. Without a user name, the
    /// field is NULL, or else an empty text, which no sign-up takes.
    fn register_by_provider(
        email: &str,
        username: Option<&str>,
        fields: Self::OAuthFields,
    ) -> Self::Register;

    /// The primary key.
    fn id(&self) -> &Self::Id;

    /// The logical fields that are columns of this row. Those of a user as a whole are
    /// [`StoredUser::logical`].
    fn mapped(&self) -> LogicalFields<'_>;

    /// The value of a login field; `None` where it is NULL or not a login field.
    fn login_value(&self, field: LoginField) -> Option<&str>;

    /// The tenant of the row.
    fn tenant(&self) -> &Self::Tenant;

    /// Whether the row is deleted, though it is in the table: `#[auth(soft_delete)]`. A store returns
    /// no such row. Default: it is not.
    fn is_deleted(&self) -> bool {
        false
    }

    /// When the row was inserted, by the field `created_at`. What is older, such as a link to a provider,
    /// belongs to an earlier row with the same id. Default: `None`, as for a struct without the field and
    /// for a column that is NULL.
    fn created_at(&self) -> Option<SystemTime> {
        None
    }

    /// The columns of a second factor. Default: `None`, as for a struct without them, and for one that
    /// says `#[auth(without(second_factor))]`.
    fn factor_columns(&self) -> Option<FactorColumns<'_>> {
        None
    }

    /// Applies `change` to the row in memory, without checking its conditions.
    fn apply(&mut self, change: &Change);
}

/// The logical fields of one row, as crudauth reads them. A field that the struct does not have
/// is `None`; so is one that is NULL.
#[derive(Clone, Copy, Default)]
pub struct LogicalFields<'a> {
    /// The e-mail address.
    pub email: Option<&'a str>,
    /// The user name.
    pub username: Option<&'a str>,
    /// The stored password hash. Never printed.
    pub hashed_password: Option<&'a str>,
    /// Whether the account may sign in, as far as the clock does not say. A struct without the field
    /// counts as active.
    pub is_active: Option<bool>,
    /// Until when the account may not sign in, by a column that is compared with the clock
    /// (`when(past)`).
    pub barred_until: Option<SystemTime>,
    /// Whether the account has every privilege.
    pub is_superuser: Option<bool>,
    /// Whether the owner has proved the e-mail address.
    pub email_verified: Option<bool>,
    /// The value of the recovery factor: the e-mail address, or another.
    pub recovery: Option<&'a str>,
    /// Whether the owner has proved the recovery factor (`{factor}_verified`).
    pub recovery_verified: Option<bool>,
    /// The credential epoch: a random number at first, to which a change of credentials adds one, which ends
    /// all that came before.
    pub token_version: Option<i64>,
    /// The provider that was linked last.
    pub oauth_provider: Option<&'a str>,
    /// The user's id at Google: see [`subject_at`](Self::subject_at).
    pub google_id: Option<&'a str>,
    /// The user's id at GitHub: see [`subject_at`](Self::subject_at).
    pub github_id: Option<&'a str>,
    /// Whether the account has a confirmed second factor. `None` for a struct that does not map its
    /// columns, or says `#[auth(without(second_factor))]`.
    pub second_factor: Option<bool>,
}

impl LogicalFields<'_> {
    /// Whether the account may sign in: it is active, or the struct gave up `is_active`. The clock
    /// (`SystemTime::now`) is asked only where a column is compared with it.
    #[must_use]
    pub fn may_sign_in(&self, now: impl FnOnce() -> SystemTime) -> bool {
        self.is_active.unwrap_or(true) && self.barred_until.is_none_or(|until| until <= now())
    }

    /// Whether a password alone is not enough to sign in: the account has a confirmed second
    /// factor. [`Builder::mfa`](crate::Builder::mfa) asks for it; without it such an account is refused.
    #[must_use]
    pub fn needs_second_factor(&self) -> bool {
        self.second_factor == Some(true)
    }

    /// The credential epoch; zero for a struct that gave up `token_version`.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.token_version.unwrap_or(0)
    }
}

impl fmt::Debug for LogicalFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogicalFields")
            .field("email", &self.email)
            .field("username", &self.username)
            .field("is_active", &self.is_active)
            .field("barred_until", &self.barred_until)
            .field("is_superuser", &self.is_superuser)
            .field("email_verified", &self.email_verified)
            .field("recovery_verified", &self.recovery_verified)
            .field("token_version", &self.token_version)
            .field("oauth_provider", &self.oauth_provider)
            .field("second_factor", &self.second_factor)
            .finish_non_exhaustive()
    }
}
