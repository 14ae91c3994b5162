//! crudauth

pub mod clock;
pub mod password;
pub mod store;
