//! Storage in the memory of the process: for tests, and to read what a port means.

mod shelf;
mod state;

pub use self::state::MemoryState;
