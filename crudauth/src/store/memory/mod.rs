//! Storage in the memory of the process: for tests, and as the simplest implementation of each
//! port.

mod events;
mod expiring_map;
mod holders;
mod open;
mod records;
mod state;
mod users;

pub use self::events::MemoryEvents;
pub use self::holders::stores;
pub use self::open::Memory;
pub use self::records::MemoryRecords;
pub use self::state::MemoryState;
pub use self::users::MemoryUsers;
