//! crudauth

pub mod clock;
pub mod error;
pub mod identity;
pub mod password;
pub mod store;
pub mod user;

pub use crudauth_derive::AuthUser;
pub use user::AuthUser;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
