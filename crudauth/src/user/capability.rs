//! The logical fields of a user struct, as traits.
//!
//! The derive implements one of these for each logical field that the struct has. A gate, a
//! transport or a route that needs a field names its trait, so that a struct without the field
//! does not compile there.

use super::AuthUser;

/// The struct has the logical field `email`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `email`",
    label = "needs the logical field `email`",
    note = "add `email: String` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"email\")]`"
)]
pub trait HasEmail: AuthUser {}

/// The struct has the logical field `username`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `username`",
    label = "needs the logical field `username`",
    note = "add `username: String` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"username\")]`"
)]
pub trait HasUsername: AuthUser {}

/// The struct has the logical field `is_active`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `is_active`",
    label = "needs the logical field `is_active`",
    note = "add `is_active: bool` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"is_active\")]`"
)]
pub trait HasActive: AuthUser {}

/// The struct has the logical field `is_superuser`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `is_superuser`",
    label = "needs the logical field `is_superuser`",
    note = "add `is_superuser: bool` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"is_superuser\")]`"
)]
pub trait HasSuperuser: AuthUser {}

/// The struct has the logical field `email_verified`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `email_verified`",
    label = "needs the logical field `email_verified`",
    note = "add `email_verified: bool` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"email_verified\")]`"
)]
pub trait HasEmailVerified: AuthUser {}

/// The struct has the logical field `token_version`, the credential epoch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no logical field `token_version`",
    label = "needs the logical field `token_version`",
    note = "add `token_version: i32` to `{Self}`, or mark the field that holds it with `#[auth(logical = \"token_version\")]`"
)]
pub trait HasEpoch: AuthUser {}

/// The struct has a recovery factor and its flag, `{factor}_verified`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no recovery factor that could be verified",
    label = "needs a recovery factor with its flag",
    note = "add `email_verified: bool` beside `email`, mark the field that says it by `#[auth(logical = \"email_verified\")]` (a nullable moment will do), or name another factor with `#[auth(recovery(phone))]` and its `phone_verified: bool`"
)]
pub trait HasRecovery: AuthUser {}

/// The struct says by a field which tenant its row is of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tenant a user is of",
    label = "needs a field that says `#[auth(tenant)]`",
    note = "mark the field that holds it, such as `tenant_id: i32`, with `#[auth(tenant)]`"
)]
pub trait HasTenant: AuthUser {}

/// The struct has somewhere to keep the second factors of its users.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has nowhere to keep a second factor",
    label = "needs the four columns of a second factor, or crudauth's table",
    note = "add `totp_secret_encrypted: Option<String>`, `totp_confirmed_at: Option<NaiveDateTime>`, `totp_last_step: Option<i64>` and `mfa_recovery_codes: Option<String>` to `{Self}`",
    note = "or have crudauth keep them in a table of its own: `#[auth(beside(second_factor))] struct {Self}`"
)]
pub trait HasSecondFactor: AuthUser {}

/// A second factor that is set up ends the sessions of before, by the logical field `token_version`.
/// There is nothing to implement here.
#[diagnostic::on_unimplemented(
    message = "second factors need `token_version`",
    label = "`{Self}` does without the logical field `token_version`",
    note = "starting a second factor must end the sessions before it",
    note = "remove `token_version` from `without(..)`, and add it or have crudauth keep it: `#[auth(beside(token_version))] struct {Self}`"
)]
pub trait SecondFactorsEndSessions: AuthUser {}

#[diagnostic::do_not_recommend]
impl<U: HasEpoch> SecondFactorsEndSessions for U {}

/// Users of the struct can sign in by providers: it has the logical fields `email` and `email_verified`.
/// The derive implements it; a struct that implements [`AuthUser`] by hand does so itself, as for the others.
#[diagnostic::on_unimplemented(
    message = "users of `{Self}` cannot sign in by providers: that needs `email` and `email_verified`",
    label = "needs the logical fields `email` and `email_verified`",
    note = "add `email: String` and `email_verified: bool` to `{Self}`, or mark the fields that hold them with `#[auth(logical = \"..\")]`",
    note = "crudauth can keep the second in a table of its own: `#[auth(beside(email_verified))] struct {Self}`"
)]
pub trait SignsInByProviders: HasEmail + HasEmailVerified {}

/// A sign-up of the struct needs nothing but an e-mail address: each `register` field and each other login
/// field may be absent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from an address alone: a sign-up sets other fields too",
    label = "needs a sign-up of nothing but the address",
    note = "make the `register` fields of `{Self}`, and `username` where it has one, `Option`s with nullable columns, or fill them on the server with `#[auth(provisioned)]`"
)]
pub trait MadeOfAddress: HasEmail + NothingFromForm {}

/// A sign-up of the struct needs nothing but what a provider says, so that nobody has to fill in a
/// form: each `register` field may be absent.
#[diagnostic::on_unimplemented(
    message = "a sign-up of `{Self}` needs fields that no provider says",
    label = "needs what a form fills",
    note = "say what they are by `.oauth_with(config, |profile| async move {{ Ok(Some({Self}OAuthFields {{ .. }})) }})`; the `config` of the environment is in `OAuthConfig::from_env()?`",
    note = "or make the `register` fields of `{Self}` `Option`s, and their columns nullable"
)]
pub trait NothingFromForm: AuthUser {
    /// The fields: none.
    #[doc(hidden)]
    fn no_fields() -> Self::OAuthFields;
}
