//! placeholder
mod inputs;
pub use inputs::Inputs;
