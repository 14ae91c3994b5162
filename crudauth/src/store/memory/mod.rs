//! Storage in the memory of the process: for tests, and to read what a port means.

mod events;
mod holders;
mod place;
mod shelf;
mod state;
mod users;

pub use self::events::MemoryEvents;
pub use self::holders::stores;
pub use self::place::Memory;
pub use self::state::MemoryState;
pub use self::users::MemoryUsers;
