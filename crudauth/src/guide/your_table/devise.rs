//! Rails with Devise: `users`.
//!
//! As the generator of Devise makes it, with `confirmable` and `lockable`:
//!
//! ```sql
#![doc = include_str!("devise/postgres.sql")]
//! ```
//!
//! The struct, for every database:
//!
#![cfg_attr(feature = "chrono", doc = "```")]
#![cfg_attr(not(feature = "chrono"), doc = "```ignore")]
#![doc = include_str!("devise/user.rs")]
//! ```
//!
//! # What to know
//!
//! - crudauth writes `email`, `encrypted_password`, `confirmed_at`, `locked_at`, `created_at` and
//!   `updated_at`. Leave a line out that your table does not have, and have crudauth keep the field beside
//!   it: `email_verified` for `confirmed_at`, `is_active` for `locked_at`.
//! - `reset_password_token`, `confirmation_token`, `remember_created_at` and the columns of `trackable`
//!   are Devise's. crudauth keeps its links, sessions and counts of failures in tables of its own.
//! - An empty `encrypted_password`, which is Devise's default, matches no password.
//! - `locked_at` is the time of a deactivation here. Devise unlocks an account after `unlock_in`, if its
//!   strategy has `:time`; crudauth does not. A lock that Devise has set ends sessions here too.
//! - If Devise has a `config.pepper`, give it to `LegacyHashes::devise_pepper`, in `password::legacy`.
//! - Devise recognises its own sessions by the first 29 characters of the hash. Those of two
//!   `$argon2id$` hashes are the same, so a new password here does not end them. The first sign-in here,
//!   which replaces a bcrypt hash, does.
