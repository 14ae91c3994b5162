//! The pool that the application has already.
//!
//! `Postgres::connect`, `Mysql::connect` and `Sqlite::open` make connections of their own, with the
//! settings that crudauth needs, and lend as many more to the application. An application that has
//! a pool can give that instead:
//!
//! | Pool | Takes it | Feature |
//! |---|---|---|
//! | `deadpool` of diesel-async, for PostgreSQL | `Postgres::from_pool` | `postgres` |
//! | `deadpool` of diesel-async, for MySQL and MariaDB | `Mysql::from_pool` | `mysql` |
//! | `bb8` of diesel-async | the same two | and `bb8` |
//! | `r2d2` of Diesel, for SQLite | `Sqlite::from_pool` | `r2d2` |
//! | another pool of connections of diesel-async | implement `store::ConnectionPool` | |
//!
//! What crudauth needs of the settings of a connection is checked at start-up, on one of them, and
//! what does not do is a start-up error that says what to set. It is the same for all connections of
//! a pool, if its manager sets them: `Mysql::SESSION` and `Sqlite::SESSION` have the statements.
//!
//! What it costs: on connections of its own, crudauth's reads share two in PostgreSQL, and look a key
//! up on the calling thread in SQLite. On those of a pool each read has a connection to itself, and in
//! MySQL one round trip more. The figures of `bench/README.md` are those of its own connections.
//!
//! # Where it is not possible
//!
//! | Pool | What to do instead |
//! |---|---|
//! | `r2d2` of Diesel for PostgreSQL or MySQL, `deadpool-diesel`, `diesel_async::SyncConnectionWrapper` | these block and need a C library, which crudauth does not use. Open `Postgres` or `Mysql` with the same address, next to the pool. Keep it small with `PoolOptions::connections`, and count both pools against the server's connection limit |
//! | `sqlx`, `tokio-postgres`, `sea-orm` | as before: they speak to the same tables |
//! | SQLite by another library or an asynchronous pool | open `Sqlite` on the same file. In WAL mode several connections can share a file, even in one process. Set WAL mode and a `busy_timeout` on the other connections |
//! | Redis | `Redis::connect` makes one connection, which all share |
//!
//! An application that has no pool yet needs none: `Postgres::get`, `Mysql::get`, `Sqlite::read` and
//! `Sqlite::write` run its own statements.
//!
//! # The end
//!
//! [`CrudAuth::shutdown`](crate::CrudAuth::shutdown) closes the connections that crudauth has made. A pool of
//! the application's stays open: close it afterwards.
