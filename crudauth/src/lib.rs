//! crudauth

pub mod clock;
pub mod lockout;
pub mod store;
