//! The derive macro of [`crudauth`](https://docs.rs/crudauth), which re-exports it.
//!
//! It works in three phases, each with a type of its own: `syntax` reads the struct as it is
//! written, `check` makes a user of it or reports every reason why it is none, `emit` writes the
//! code. What only the compiler can answer is asked by the code itself, see `emit/asserts.rs`.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diag::Diagnostics;

mod check;
mod diag;
mod emit;
mod fallback;
mod keys;
mod logical;
mod messages;
mod model;
mod syntax;
mod types;

/// Makes a Diesel struct a user that crudauth can sign up, sign in and keep safe.
///
/// The struct is a row of one table. Its fields live in columns of the same name, and a field named
/// like a *logical field* is that field. Nothing else is needed: no other derive, no order of fields.
///
/// ```
/// use crudauth::AuthUser;
///
/// diesel::table! {
///     accounts (account_id) {
///         account_id -> Integer,
///         email_address -> Text,
///         username -> Text,
///         pw_hash -> Text,
///         is_admin -> Bool,
///         is_active -> Bool,
///         email_verified -> Bool,
///         token_version -> Integer,
///         full_name -> Nullable<Text>,
///         tier_id -> Integer,
///     }
/// }
///
/// #[derive(AuthUser)]
/// #[diesel(table_name = accounts)]
/// struct Account {
///     #[auth(column = "account_id")]
///     id: i32,
///     #[auth(column = "email_address")]
///     email: String,
///     username: String,
///     #[auth(column = "pw_hash")]
///     hashed_password: String,
///     #[auth(column = "is_admin")]
///     is_superuser: bool,
///     is_active: bool,
///     email_verified: bool,
///     token_version: i32,
///     #[auth(register)]
///     full_name: Option<String>,
///     #[auth(provisioned)]
///     tier_id: i32,
/// }
///
/// // What a client may send, and what the new-user hook fills, are types. Neither can name a
/// // privileged column.
/// let sent = AccountRegister {
///     email: "ada@example.com".into(),
///     username: "ada".into(),
///     full_name: Some("Ada Lovelace".into()),
/// };
/// let filled = AccountProvisioned { tier_id: 1 };
/// # drop((sent, filled));
/// ```
///
/// # What it generates
///
/// - the implementation of `AuthUser`, and one capability trait (`HasEmailVerified`, ..) for each
///   logical field that a gate may ask for;
/// - `{User}Register`: what a client may send at sign-up, the password aside;
/// - `{User}Provisioned`, if a field is `provisioned`: what the new-user hook fills;
/// - the queries for every enabled database backend.
///
/// Both types have the visibility of the struct. The derive reads the struct's columns by name and
/// builds the struct itself, so `Queryable`, `Selectable` and `Insertable` are welcome beside it and
/// not needed.
///
/// # Logical fields
///
/// | field | type | |
/// |---|---|---|
/// | `id` | an integer, `String`, `uuid::Uuid`, or another type that can be shown, parsed and serialized | required; the primary key |
/// | `hashed_password` | text, `Option` where a user may have no password | required |
/// | `email`, `username` | text | one login field is required |
/// | `is_active` | `bool` | required, unless given up |
/// | `token_version` | `i32` or `i64` | required, unless given up |
/// | `is_superuser` | `bool` | |
/// | `email_verified`, `phone_verified` | `bool` | needed for recovery by that factor |
/// | `oauth_provider`, `google_id`, `github_id` | optional text | an id needs `oauth_provider` |
/// | `oauth_created_at`, `oauth_updated_at` | optional timestamp | |
/// | `totp_secret_encrypted`, `mfa_recovery_codes` | `Option<String>` | the four come together |
/// | `totp_confirmed_at` | optional timestamp | |
/// | `totp_last_step` | `Option<i32>` or `Option<i64>` | |
/// | `created_at`, `updated_at` | timestamp | kept by crudauth |
///
/// Text is `String`, or a type with `AsRef<str>`, `From<String>` and Diesel's traits.
///
/// Only `email` and `username` ever come from a client. Every other logical field is *privileged*:
/// crudauth writes it, or your own code after sign-up.
///
/// # Who fills a column at sign-up
///
/// Exactly one of these, for every column:
///
/// | who | which |
/// |---|---|
/// | the client | login fields, `email`, `username`, and fields that say `register` |
/// | crudauth | the hash, the flags (active, unprivileged, unverified), the epoch, the times; a `String` or `Uuid` id |
/// | the database | an integer id, whatever says `default`, and the columns in `db_default(..)` |
/// | the new-user hook | fields that say `provisioned` |
/// | nobody | nullable columns, which stay NULL |
///
/// A NOT NULL column that nobody fills is an error of the compiler, also where the struct leaves it
/// out, since sign-up would fail in production.
///
/// # Keys on a field
///
/// ### `column = ".."`
///
/// The column that the field lives in, by its name in `table!`. Default: the name of the field.
/// `#[diesel(column_name = ..)]` says the same; two different names are an error. A keyword needs no
/// `r#`.
///
/// > ``error: `email` and `mail` both map to column `users.email` ``
///
/// ### `logical = ".."`
///
/// The logical field that this field is, where its own name says something else. Default: the logical
/// field of its name, if there is one.
///
/// > ``error: crudauth has no logical field `emial` ``
///
/// ### `register`
///
/// A client may set the field at sign-up. Default: it may not. The type needs `serde::Deserialize`;
/// an `Option` may be left out of the request. Never on a privileged field, under whatever name.
///
/// > ``error: `is_superuser` can never be set by the client at sign-up``
///
/// ### `rename = ".."`
///
/// The name of a `register` field on the wire. Default: the name of the field. Two inputs cannot have
/// one name, and `email`, `username` and `password` keep theirs.
///
/// > ``error: sign-up already has an input named `password` ``
///
/// ### `default`
///
/// The database fills the column, by its DEFAULT. For fields of your own, `id`, `created_at` and
/// `updated_at`.
///
/// > ``error: `hashed_password` cannot be left to a database default``
///
/// ### `provisioned`
///
/// The new-user hook fills the field. For fields of your own, and `id`.
///
/// > ``error: `email_verified` is set by crudauth, not by your new-user hook``
///
/// # Keys on the struct
///
/// ### `login(..)`
///
/// What users sign in by: `email`, `username`, or text fields of your own, in the order in which they
/// are tried. Their columns must be unique, which the start-up probes. Default: those of `email` and
/// `username` that the struct has and that are not optional.
///
/// > ``error: users cannot log in by `email` when it may be absent``
///
/// ### `recovery(..)`
///
/// How a user who forgot the password is reached: `email`, `phone` or `none`. A factor needs its flag,
/// `email_verified` or `phone_verified`. Default: `email`, if the struct has both fields, else `none`.
///
/// > ``error: recovery by `phone` needs the logical field `phone_verified` ``
///
/// ### `without(..)`
///
/// Gives up a safety column knowingly: `is_active` (accounts then cannot be disabled) or
/// `token_version` (tokens then outlive a change of password). Default: both are required.
///
/// > ``error: no field of `User` is the logical field `token_version` ``
///
/// ### `db_default(..)`
///
/// NOT NULL columns that the struct does not have and that the database fills. Default: none.
///
/// > ``error: column `users.legacy_code` is NOT NULL, but nothing fills it when a user signs up``
///
/// ```
/// # use crudauth::AuthUser;
/// diesel::table! {
///     members (key) {
///         key -> Text,
///         handle -> Text,
///         phone -> Nullable<Text>,
///         phone_verified -> Bool,
///         secret -> Text,
///         legacy_code -> Integer,
///     }
/// }
///
/// #[derive(AuthUser)]
/// #[diesel(table_name = members)]
/// #[auth(login(handle), recovery(phone), without(is_active, token_version))]
/// #[auth(db_default(legacy_code))]
/// struct Member {
///     #[auth(logical = "id")]
///     key: String,
///     handle: String,
///     #[auth(register, rename = "phoneNumber")]
///     phone: Option<String>,
///     phone_verified: bool,
///     #[auth(logical = "hashed_password")]
///     secret: String,
/// }
/// ```
///
/// ### `crate = ::path`
///
/// Where `crudauth` is, if not at `::crudauth`: an absolute path, `::other::crudauth` or
/// `crate::deps::crudauth`.
///
/// > ``error: the path to `crudauth` must be absolute``
///
/// ### `#[diesel(table_name = ..)]`
///
/// The table, as Diesel's own derives have it. Required, once.
///
/// > ``error: `User` does not say which table it is a row of``
#[proc_macro_derive(AuthUser, attributes(auth, diesel))]
pub fn derive_auth_user(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse(input) {
        Ok(input) => derive(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// Syntax, then check, then code; or every mistake at once, and a stub.
fn derive(input: &DeriveInput) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let raw = syntax::parse(input, &mut diagnostics);
    let user = raw.as_ref().and_then(|raw| check::check(raw, &mut diagnostics));
    match diagnostics.finish(user) {
        Ok(user) => emit::emit(&user),
        Err(errors) => fallback::expand(input, raw.as_ref(), &errors),
    }
}

#[cfg(test)]
mod tests;
