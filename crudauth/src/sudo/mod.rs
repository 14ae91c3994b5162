//! The sudo mode: elevated rights for a few minutes, after a fresh proof that the user is there.
//!
//! A session that is stolen, or left open, can do what its user can; what must not be done so
//! easily asks for the gate [`Sudo`], and the gate for a proof within the last five minutes. There
//! is no route for it: the application takes the proof in its own, with [`SudoService::elevate`].

mod config;
mod gate;
mod service;

pub use self::config::SudoConfig;
pub use self::gate::Sudo;
pub(crate) use self::service::SudoParts;
pub use self::service::{Elevated, Proof, SudoError, SudoService};
