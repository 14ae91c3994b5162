//! Laravel: `users`.
//!
//! As the migration of a new application makes it:
//!
//! ```sql
#![doc = include_str!("laravel/mysql.sql")]
//! ```
//!
//! The struct, for every database:
//!
#![cfg_attr(feature = "chrono", doc = "```")]
#![cfg_attr(not(feature = "chrono"), doc = "```ignore")]
#![doc = include_str!("laravel/user.rs")]
//! ```
//!
//! # What to know
//!
//! - crudauth writes `email`, `email_verified_at`, `password`, `created_at` and `updated_at`; `name` is what the
//!   client sends. `remember_token` is Laravel's: a cookie of `remember me` goes on signing its owner in there
//!   until the token is renewed.
//! - A deactivation is kept beside the table, where Laravel does not see it.
//! - Laravel's `bcrypt` driver refuses `$argon2id$`; with `HASH_DRIVER=argon2id` it reads what crudauth
//!   writes. crudauth reads both.
//! - Laravel's sessions end with another hash where its middleware `AuthenticateSession` runs.
