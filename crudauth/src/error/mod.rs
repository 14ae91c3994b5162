//! What goes wrong over HTTP, in the exact words of the wire.
//!
//! [`Rejection`] is every refusal that a route can answer with, [`FieldError`] one entry of a
//! 422, and [`Inputs`] the fields of a body while they are read.

mod field;
mod inputs;
mod rejection;
#[cfg(feature = "garde")]
mod report;
mod startup;
mod typed;

pub use self::field::{FieldError, Location, Step};
pub use self::inputs::Inputs;
pub use self::rejection::Rejection;
pub use self::startup::StartupError;
