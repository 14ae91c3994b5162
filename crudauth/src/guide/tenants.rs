//! Rows that count: soft delete, tenants, and names that may be absent.
//!
//! A users table often has more rows than users that a request is about. Which rows count is said by
//! the struct, and every look-up, every change and the check at the start keep to it:
//!
//! ```
//! # use crudauth::AuthUser;
//! # use chrono::NaiveDateTime;
//! # diesel::table! { users (id) { id -> Integer, tenant_id -> Integer, email -> Nullable<Text>,
//! #     username -> Text, hashed_password -> Text, is_active -> Bool, token_version -> Integer,
//! #     deleted_at -> Nullable<Timestamp> } }
//! #[derive(AuthUser)]
//! #[diesel(table_name = users)]
//! #[auth(login(email, username))]
//! struct User {
//!     id: i32,
//!     /// Names are unique within a tenant, and are looked up within it.
//!     #[auth(tenant)]
//!     tenant_id: i32,
//!     /// NULL, and an empty text, is the name of nobody.
//!     email: Option<String>,
//!     username: String,
//!     hashed_password: String,
//!     is_active: bool,
//!     token_version: i32,
//!     /// A row in which it is there is not there, and its names are free.
//!     #[auth(soft_delete)]
//!     deleted_at: Option<NaiveDateTime>,
//! }
//! ```
//!
//! # The index
//!
//! Two sign-ups at once are told apart by a unique index, over the rows that count and within a tenant.
//! The start looks for one for each field that users sign in by. Where there is none, the error has the
//! statement that makes it; where there is one over other rows, it says why that does not do.
//!
//! | | For the struct above |
//! |---|---|
//! | PostgreSQL, SQLite | `CREATE UNIQUE INDEX .. ON users (tenant_id, email) WHERE deleted_at IS NULL` |
//! | MySQL, MariaDB | `ALTER TABLE users ADD counts TINYINT AS (IF(deleted_at IS NULL, 1, NULL)), ADD UNIQUE (tenant_id, email, counts)` |
//!
//! An index that is stricter does too: one over all rows, or over `email` alone.
//!
//! # Which tenant a request is for
//!
//! ```
//! # use crudauth::{Builder, user::HasTenant};
//! # use http::request::Parts;
//! # fn tenant_of_host(host: &str) -> Option<i32> { host.strip_prefix("shop-")?.parse().ok() }
//! # fn configure<U: HasTenant<Tenant = i32>, Db>(builder: Builder<U, Db>) {
//! let builder = builder.tenant(|request: &Parts| {
//!     let host = request.headers.get("host")?.to_str().ok()?;
//!     tenant_of_host(host)
//! });
//! # drop(builder); }
//! ```
//!
//! `None` is a request for no tenant that there is. Whatever looks a name up then answers with 404, and
//! everybody is anonymous. A client can send any host and any header: what it says is who it wants to
//! be a user of, and proves nothing. That is what the session is for, which counts for requests for the
//! tenant of its user and for no others.
//!
//! A look-up by a name without a tenant cannot be written:
//! [`UserStore::find_by_login`](crate::store::UserStore::find_by_login) takes it, and
//! [`CrudAuth::tenant`](crate::CrudAuth::tenant) has it of a request. Where there is no request, the
//! sign-up ([`SignUp::within`](crate::register::SignUp::within)) or the circumstances
//! ([`HookContext::within`](crate::hooks::HookContext::within)) say it, and without them nothing is done.
//!
//! # Deleting a user
//!
//! Write the column. What the user holds ends when it is shown next, and stays ended if the row comes
//! back. To end it at once, call [`CrudAuth::forget`](crate::CrudAuth::forget).
