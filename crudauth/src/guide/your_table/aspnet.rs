//! ASP.NET Core Identity: `AspNetUsers`.
//!
//! As Entity Framework makes it:
//!
//! ```sql
#![doc = include_str!("aspnet/postgres.sql")]
//! ```
//!
//! Identity finds a user by `NormalizedUserName`, the name in capitals, which is the one unique column. So
//! it is the login field, of a type that gives each name that form. The struct, for PostgreSQL and MySQL:
//!
#![cfg_attr(all(feature = "chrono", feature = "uuid"), doc = "```")]
#![cfg_attr(not(all(feature = "chrono", feature = "uuid")), doc = "```ignore")]
#![doc = include_str!("aspnet/user.rs")]
//! ```
//!
//! In SQLite, where Entity Framework keeps moments as text with an offset, write
//! `check_for_backend(diesel::sqlite::Sqlite)` after the name of the table, `Nullable<TimestamptzSqlite>` for
//! `lockout_end`, and `Option<DateTime<Utc>>` for the field.
//!
//! # What to know
//!
//! - crudauth writes `Id`, `NormalizedUserName`, `Email`, `EmailConfirmed`, `PasswordHash` and `LockoutEnd`; the
//!   hook fills what else Identity asks for.
//! - `UserName` is in small letters for who signs up here, since the case of a name does not count.
//! - A change of the address writes `Email` alone. Write `NormalizedEmail`, and `UserName` and
//!   `NormalizedUserName` where users sign in by the address, in the hook
//!   [`on_after_email_changed`](crate::hooks), or leave the routes of the change out
//!   by [`Builder::routes`](crate::Builder::routes).
//! - `LockoutEnd` says until when an account is closed, so deactivation writes the end of the year 9999
//!   into it, and a lockout of Identity ends sessions here too. Identity looks at it where
//!   `LockoutEnabled` is true.
//! - crudauth counts failures in a table of its own, not in `AccessFailedCount`.
//! - It does not know the second factors of Identity, so a hook refuses users who have one.
//! - Identity does not read argon2id. Its cookies end with a new `SecurityStamp`: write one in the
//!   hooks after a password is changed or reset.
