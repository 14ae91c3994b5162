use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a server process is told when it starts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Where users are: the address of a PostgreSQL or MariaDB database, or the path of a SQLite
    /// file.
    pub users: String,
    /// The Redis that has what expires. Without it that is where the users are.
    pub redis: Option<String>,
    /// What the keys in that Redis begin with.
    pub prefix: String,
    /// The file that mail is appended to. Without it no mail is sent.
    pub mail: Option<PathBuf>,
    /// The port on this machine of the mail server that mail goes to instead.
    pub smtp: Option<u16>,
    /// Whether it delivers mail by itself, or when it is ordered to.
    pub delivers: bool,
    /// The keys of tokens, as PEM: the first signs, the others are accepted. Without any, that of
    /// the library.
    pub keys: Vec<String>,
    /// How often what may be tried.
    pub limits: Limits,
    /// Whether its stores take the orders to die before or after an operation.
    pub mortal: bool,
    /// Whether its users sign in by a provider as well, which is the [`Desk`](crate::provider::Desk)
    /// `sso`.
    pub provider: bool,
    /// How many connections to the users' database it has, and how many seconds it waits for each
    /// thing there. Without it, ten, and as long as a busy machine needs.
    pub pool: Option<(usize, u64)>,
    /// How many passwords it hashes at once, and how many wait. Without it, as by default.
    pub hashing: Option<(NonZeroUsize, usize)>,
    /// How many milliseconds a hash takes beyond the least.
    pub hash_takes: u64,
}

/// How attempts and calls are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Limits {
    /// They are counted, and no limit is ever reached.
    #[default]
    NeverReached,
    /// As they are by default.
    Usual,
    /// No call is counted, and no limit on attempts is ever reached.
    Off,
}
