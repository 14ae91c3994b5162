//! What goes wrong over HTTP, in the exact words of the wire.
//!
//! [`Rejection`] is a refusal that a route answers with, [`RejectionKind`] all that there are,
//! [`FieldError`] one entry of a 422, and [`Inputs`] the fields of a body while they are read.

mod fault;
mod field;
mod inputs;
mod rejection;
#[cfg(feature = "garde")]
mod report;
mod startup;
mod typed;

pub(crate) use self::fault::Fault;
pub use self::field::{FieldError, Location, Step};
pub use self::inputs::Inputs;
pub use self::rejection::{Rejection, RejectionKind};
pub(crate) use self::startup::Mistakes;
pub use self::startup::StartupError;
