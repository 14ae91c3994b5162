//! What every adapter of a port must do, as tests.
//!
//! crudauth runs these suites on its own adapters. An application that writes an adapter runs the
//! same suite on it: see [`state`], [`users`], [`holders`] and
//! [`records`].

pub mod holders;
pub mod records;
pub mod state;
pub mod users;
