//! Phoenix: `users`, by `mix phx.gen.auth`.
//!
//! As its migration makes it in PostgreSQL:
//!
//! ```sql
#![doc = include_str!("phoenix/postgres.sql")]
//! ```
//!
//! The struct, where the address is `citext`. A column that ignores case says so in `table!` too: as
//! `Text`, the application does not start.
//!
#![cfg_attr(all(feature = "postgres", feature = "chrono"), doc = "```")]
#![cfg_attr(not(all(feature = "postgres", feature = "chrono")), doc = "```ignore")]
#![doc = include_str!("phoenix/postgres.rs")]
//! ```
//!
//! In SQLite (`COLLATE NOCASE`) and MySQL:
//!
#![cfg_attr(feature = "chrono", doc = "```")]
#![cfg_attr(not(feature = "chrono"), doc = "```ignore")]
#![doc = include_str!("phoenix/user.rs")]
//! ```
//!
//! With `--binary-id`, the id is a `Uuid` in PostgreSQL; see
//! [primary keys](derive@crate::AuthUser#primary-keys) for the other databases.
//!
//! # What to know
//!
//! - crudauth writes `email`, `hashed_password`, `confirmed_at`, `inserted_at` and `updated_at`.
//! - A user who has signed in by a link alone has no `hashed_password`: a reset gives one.
//! - A deactivation is kept beside the table, where Phoenix does not see it.
//! - `bcrypt_elixir` does not read `$argon2id$`, `argon2_elixir` does.
//! - `users_tokens` is Phoenix's. A new password here leaves its sessions alive: delete the rows of the
//!   user in the hooks after a password is changed or reset.
