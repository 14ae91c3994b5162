//! Your table: the users table that another system has made, as it is.
//!
//! A struct says which column plays which part, and the columns that it does not name are left alone.
//! Each page has the table that a system makes, the struct over it, and what to know where the old
//! software goes on beside yours. The structs on these pages are tested: each walks the whole life of
//! an account (sign-up, sign-in, verification, reset, change of the password, deactivation, the end of
//! sessions) over the table as the system makes it, with a user who was there before.
//!
//! | Page | SQLite | PostgreSQL | MySQL, MariaDB | Its own hashes | It reads `$argon2id$` |
//! |---|---|---|---|---|---|
//! | [ASP.NET Core Identity](aspnet) | yes | yes | yes | PBKDF2 of Identity 2 and 3 | no |
//! | [Auth.js on Prisma](authjs) | yes | yes | yes | those of your own code | it may |
//! | [Devise, for Rails](devise) | yes | yes | yes | bcrypt | no |
//! | [Django](django) | yes | yes | yes | `pbkdf2_sha256$`, `argon2$`, `bcrypt_sha256$`, `scrypt$` | no |
//! | [FastAPI-users](fastapi_users) | yes | yes | yes | argon2id, bcrypt | yes |
//! | [Laravel](laravel) | yes | yes | yes | bcrypt, argon2id | it may |
//! | [loco] | yes | yes | | argon2id | yes |
//! | [Phoenix](phoenix) | yes | yes | yes | bcrypt, PBKDF2, argon2id | it may |
//!
//! What has no column (the epoch that ends sessions, whether an account is active, whether its address is
//! verified) crudauth keeps [beside the table](derive@crate::AuthUser#beside).
//!
//! # Another table
//!
//! 1. Write `diesel::table!` for it, or let `diesel print-schema` do it. Names that are no names of Rust
//!    stand in `#[sql_name = ".."]`.
//! 2. Derive [`AuthUser`](derive@crate::AuthUser) on a struct with the columns that you need. Its
//!    documentation says [which types are keys](derive@crate::AuthUser#primary-keys),
//!    [who fills a column](derive@crate::AuthUser#who-fills-a-column-at-sign-up), and
//!    [which columns each flow writes](derive@crate::AuthUser#what-each-flow-writes).
//! 3. A flag that is a moment, a number or a status says so by
//!    [`when(..)`](derive@crate::AuthUser#when).
//! 4. Start it. What the compiler cannot see is checked then, and the error says what to write.
//!
//! # The users who are there
//!
//! With the feature `legacy-hashes` they sign in by the password that they have: crudauth reads the
//! hashes of the systems in [`password::legacy`](crate::password::Argon2id), and writes an argon2id hash
//! in their place at the next sign-in. Where the old software is to read the password as well, and
//! cannot read that, give [`Builder::password_hasher`](crate::Builder::password_hasher) a hasher that
//! writes what both can read.
//!
//! Where mails are sent, users whose address is not verified cannot sign in
//! ([`DeliveryConfig::unverified_may_sign_in`](crate::delivery::DeliveryConfig::unverified_may_sign_in)
//! lets them).
//!
//! # Sessions beside each other
//!
//! crudauth ends what it has issued. Sessions that the old software keeps end where that software looks
//! at what crudauth writes: the pages say which columns it looks at. For the rest, the
//! [hooks](crate::hooks) after a password is changed or reset are the place to delete its sessions.
//!
//! The other way round, a hash that anybody else writes ends what crudauth has issued to that user: a
//! new password, and also the same one that the old software has hashed anew.

pub mod aspnet;
pub mod authjs;
pub mod devise;
pub mod django;
pub mod fastapi_users;
pub mod laravel;
pub mod loco;
pub mod phoenix;
