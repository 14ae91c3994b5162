//! crudauth

pub mod clock;
pub mod error;
pub mod http;
pub mod identity;
pub mod store;
