//! crudauth

pub mod clock;
pub mod password;
pub mod store;
pub mod user;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
