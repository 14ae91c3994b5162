//! crudauth

pub mod clock;
pub mod store;
