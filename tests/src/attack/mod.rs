//! What the attacks share: bytes on a socket, stores that fail, and a server to aim at.

mod dice;
mod failing;
mod raw;
mod records;
pub mod secrets;
mod server;
mod stores;

pub use self::dice::Dice;
pub use self::failing::{FAILURES, assert_is_a_failure};
pub use self::raw::{Reply, exchange, hang_up, post};
pub use self::server::{Ground, GroundBuilder, GroundInFile, PEER, Server};
pub use self::stores::{Call, Fault, Trouble, Watch, WatchedHasher};
