//! Django: `auth_user`.
//!
//! As the migrations of `django.contrib.auth` make it:
//!
//! ```sql
#![doc = include_str!("django/postgres.sql")]
//! ```
//!
//! The struct, for every database. (In PostgreSQL, `Timestamptz` with `DateTime<Utc>` is as good.)
//!
#![cfg_attr(feature = "chrono", doc = "```")]
#![cfg_attr(not(feature = "chrono"), doc = "```ignore")]
#![doc = include_str!("django/user.rs")]
//! ```
//!
//! The builder needs `.new_user_defaults(UserProvisioned { is_staff: false })`.
//!
//! # What to know
//!
//! - crudauth writes `password`, `username`, `email`, `is_active`, `is_superuser` (false, at sign-up) and
//!   `date_joined`. `last_login` stays as Django has left it.
//! - `email` is not unique in Django, so users sign in by `username`. A sign-up with an address that a row
//!   has is refused all the same. Where two rows have one address already, it recovers either of them:
//!   look for such rows before you send mail.
//! - Django knows no verified address. crudauth keeps that beside the table, and nobody's is verified at
//!   first. Where you know that those of the table are right:
//!
//!   ```sql
//!   INSERT INTO crudauth_accounts (users, owner, verified_email)
//!   SELECT 'auth_user', CAST(id AS CHAR(20)), email FROM auth_user;
//!   ```
//! - Django does not read `$argon2id$` as crudauth writes it, only with `argon2` before it. Both read
//!   `pbkdf2_sha256$`.
//! - A password that begins with `!`, which Django writes for "none", matches nothing.
//! - Django keeps a digest of the hash in its sessions, so a new password ends them, and so does the first
//!   sign-in here, which writes another hash. It looks at `is_active` on each request.
