//! An application under test: a server on a real port, a client, and hands on its inner parts.

mod account;
mod app;
mod bearer;
pub mod certificates;
mod client;
pub mod engines;
mod events;
pub mod example;
pub mod fleet;
mod hasher;
pub mod logs;
mod mail;
mod mounted;
pub mod refusals;
mod server;
pub mod servers;
pub mod smtp;

pub use self::account::{
    ACCOUNTS, Account, AccountProvisioned, AccountRegister, FREE_TIER, MIGRATIONS,
    MYSQL_MIGRATIONS, POSTGRES_MIGRATIONS,
};
pub use self::app::{
    AppState, Named, TestApp, TestBuilder, guesses_without_end, patient_limits, routes,
};
pub use self::bearer::{BearerApp, NotesRead, ReportsRead, Root, in_body};
pub use self::client::{Answer, Client};
pub use self::engines::TestDatabase;
pub use self::events::Recorder;
pub use self::hasher::CountingHasher;
pub use self::mail::{Mail, Mailbox};
pub use self::mounted::{Mounted, mounted};
pub use self::server::Server;

/// A password that every policy here accepts.
pub const PASSWORD: &str = "correct horse battery staple";
