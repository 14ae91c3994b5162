//! Rows that count: soft delete, tenants, and names that may be absent.
//!
//! A users table may hold deleted rows, and users of several tenants. The struct says which rows a request
//! can see, and every look-up, every change and the check at the start keep to it:
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
//!     /// NULL and the empty text never match a sign-in.
//!     email: Option<String>,
//!     username: String,
//!     hashed_password: String,
//!     is_active: bool,
//!     token_version: i32,
//!     /// A row with a moment here is deleted: crudauth ignores it, and its names can be used again.
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
//! A key may be `lower(email)` where the database has such indexes. An index that is stricter does too: one
//! over `email` alone, or one over all rows. Under that the names of deleted users stay taken.
//!
//! # Which tenant a request is for
//!
//! ```
//! # use crudauth::{Builder, user::HasTenant};
//! # use http::request::Parts;
//! # fn configure<U: HasTenant<Tenant = i32>, Db>(builder: Builder<U, Db>) {
//! let builder = builder.tenant(|request: &Parts| {
//!     // HTTP/2 has the host in the address, HTTP/1.1 in a header.
//!     let authority = request.uri.authority().map(|authority| authority.as_str());
//!     let host = authority.or_else(|| request.headers.get("host")?.to_str().ok())?;
//!     // The number in `shop-7.example.com`.
//!     host.strip_prefix("shop-")?.split('.').next()?.parse().ok()
//! });
//! # drop(builder); }
//! ```
//!
//! Behind a proxy that writes another `Host`, read the header in which it keeps the first one.
//!
//! `None` is a request for no tenant that there is. Whatever looks a name up then answers with 404,
//! and everybody is anonymous. A client can send any host and any header: what it says is who it wants to
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
//! Set the column. From then on sessions and tokens of the user are refused, and those that were shown once
//! stay refused if the row is restored. A link that was mailed before is refused while the row is deleted,
//! and works again where it is restored in time: call
//! [`CrudAuth::deactivate`](crate::CrudAuth::deactivate) before, which ends links too. To remove what
//! crudauth keeps, call [`CrudAuth::forget`](crate::CrudAuth::forget) after.
//!
//! # Links of mail
//!
//! Links of mail begin with the one `frontend_url`, and a link works only in a request for the tenant of
//! its user. Where tenants are told apart by host, build a `CrudAuth` for each, with its own `frontend_url`.
