//! FastAPI-users: `user`.
//!
//! As SQLAlchemy makes `SQLAlchemyBaseUserTableUUID`:
//!
//! ```sql
#![doc = include_str!("fastapi_users/postgres.sql")]
//! ```
//!
//! The struct, for PostgreSQL:
//!
#![cfg_attr(all(feature = "postgres", feature = "uuid"), doc = "```")]
#![cfg_attr(not(all(feature = "postgres", feature = "uuid")), doc = "```ignore")]
#![doc = include_str!("fastapi_users/postgres.rs")]
//! ```
//!
//! In SQLite and MySQL the id is `CHAR(36)`:
//!
#![cfg_attr(feature = "uuid", doc = "```")]
#![cfg_attr(not(feature = "uuid"), doc = "```ignore")]
#![doc = include_str!("fastapi_users/user.rs")]
//! ```
//!
//! # What to know
//!
//! - crudauth writes every column. An id is a UUIDv7, and FastAPI-users takes any UUID.
//! - FastAPI-users reads argon2id and bcrypt by `pwdlib`, so both can check one password. It writes a hash
//!   anew whose cost is not its own: give both the same, by [`Argon2id`](crate::password::Argon2id).
//! - FastAPI-users looks for an address without regard to case, and stores it as it was typed. Where
//!   rows have capitals, the start-up says so, with the statement to run.
//! - Its tokens (`JWTStrategy`) do not look at the row but for `is_active`, so a new password does not
//!   end them; give them a short life.
//! - Links to providers are rows of its table `oauth_account`. [`Builder::oauth`](crate::Builder::oauth) keeps its
//!   own in `crudauth_identities`, and leaves those alone. The first sign-in by a provider finds the user by the
//!   address: one whose `is_verified` is true is linked, and another one is claimed, which ends the password and all
//!   sessions. Tokens in `oauth_account` are not taken over.
