//! loco: `users`.
//!
//! As the migration of a new application makes it, in PostgreSQL:
//!
//! ```sql
#![doc = include_str!("loco/postgres.sql")]
//! ```
//!
//! The struct:
//!
#![cfg_attr(all(feature = "postgres", feature = "chrono", feature = "uuid"), doc = "```")]
#![cfg_attr(
    not(all(feature = "postgres", feature = "chrono", feature = "uuid")),
    doc = "```ignore"
)]
#![doc = include_str!("loco/postgres.rs")]
//! ```
//!
//! In SQLite, SeaORM keeps a UUID as a blob, and a moment as text with an offset:
//!
#![cfg_attr(all(feature = "sqlite", feature = "chrono", feature = "uuid"), doc = "```")]
#![cfg_attr(not(all(feature = "sqlite", feature = "chrono", feature = "uuid")), doc = "```ignore")]
#![doc = include_str!("loco/sqlite.rs")]
//! ```
//!
//! The builder needs `.new_user_fields(|_| async { Ok(new_user()) })`.
//!
//! # What to know
//!
//! - crudauth writes `email`, `password`, `email_verified_at`, `created_at` and `updated_at`, and what the hook
//!   gives. The tokens for resets, verification and magic links are loco's; crudauth keeps none in the table.
//! - loco writes and reads argon2id, so both can check one password.
//! - loco finds the user of a token by `pid`. Its tokens do not look at the hash, so a new password does not
//!   end them; give them a short life.
//! - A deactivation is kept beside the table, where loco does not see it.
//! - loco stores an address as it was typed. Where rows have capitals, the start-up says so, with the
//!   statement to run.
