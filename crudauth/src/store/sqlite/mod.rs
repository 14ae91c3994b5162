//! SQLite, through synchronous Diesel.
mod users;
#[cfg(feature = "uuid")]
mod uuid_text;

pub use self::users::SqliteUser;
#[cfg(feature = "uuid")]
pub use self::uuid_text::UuidText;
