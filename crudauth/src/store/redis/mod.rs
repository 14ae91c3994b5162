//! What expires in Redis.
//!
//! [`Redis`] is a handle on one server or cluster, [`RedisState`] the store on it.

mod entry;
mod handle;
mod link;
mod note;
mod state;

pub use self::handle::Redis;
pub use self::state::RedisState;
