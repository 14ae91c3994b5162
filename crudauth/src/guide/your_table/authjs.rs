//! Auth.js on Prisma: `"User"`.
//!
//! As Prisma makes the model of the adapter's documentation, with the `password` that the provider
//! `Credentials` needs:
//!
//! ```sql
#![doc = include_str!("authjs/postgres.sql")]
//! ```
//!
//! The struct, for every database, unless SQLite has numbers in these columns ([below](#sqlite)):
//!
#![cfg_attr(feature = "chrono", doc = "```")]
#![cfg_attr(not(feature = "chrono"), doc = "```ignore")]
#![doc = include_str!("authjs/user.rs")]
//! ```
//!
//! # What to know
//!
//! - crudauth writes `id` (a UUIDv7, beside Prisma's cuids), `email`, `emailVerified`, `password`,
//!   `createdAt` and `updatedAt`. Where an id must be a cuid, write `#[auth(provisioned)]` on it, and make one
//!   in the new-user hook.
//! - Who has signed in by a provider alone has no `password`, and an `Account` of Prisma's. crudauth leaves
//!   those alone; a reset gives a password.
//! - An address that came from a provider has no `emailVerified`, unless your callbacks write it.
//! - [`Builder::oauth`](crate::Builder::oauth) keeps its links in `crudauth_identities`, and neither reads nor
//!   writes `Account`. The first sign-in by a provider finds the user by the address: one with `emailVerified` is linked,
//!   and one without it is claimed, which ends the password and all sessions. So, before
//!   you mount it, write `emailVerified` for users of a provider that has verified their addresses: `UPDATE "User" SET
//!   "emailVerified" = "createdAt" WHERE "emailVerified" IS NULL AND "id" IN (SELECT "userId" FROM "Account" WHERE
//!   "provider" = 'google')`.
//! - A deactivation is kept beside the table, where Auth.js does not see it.
//! - Whether Auth.js reads `$argon2id$` is up to your function `authorize`; `bcryptjs` does not.
//!
//! # SQLite
//!
//! The native engine of Prisma keeps moments as milliseconds, as does an adapter with
//! `timestampFormat: 'unixepoch-ms'`. If your rows have numbers, the struct is:
//!
#![doc = "```"]
#![doc = include_str!("authjs/milliseconds.rs")]
//! ```
