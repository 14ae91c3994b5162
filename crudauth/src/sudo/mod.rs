//! The sudo mode: elevated rights for a few minutes, after a fresh proof that the user is there.
//!
//! A session that is stolen, or left open, can do what its user can; what must not be done so
//! easily asks for the gate [`Sudo`], and the gate for a proof within the last five minutes.
//! [`SudoConfig::routes`] mounts `POST /step-up` for it; or the application takes the proof in a route
//! of its own, with [`SudoService::elevate`].
//!
//! ```
//! use axum::extract::State;
//! use crudauth::sudo::{Elevated, Proof};
//! use crudauth::Rejection;
//! use crudauth::{AuthUser, CrudAuth, Principal, Sudo};
//!
//! async fn sudo<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U>,
//!     proof: Proof,
//! ) -> Result<Elevated, Rejection> {
//!     Ok(auth.sudo().elevate(&me, proof).await?)
//! }
//!
//! async fn delete_everything<U: AuthUser>(_: Principal<U, Sudo>) {}
//! # fn ignore<U: AuthUser>() { let _ = (sudo::<U>, delete_everything::<U>); }
//! ```

mod config;
mod elevated;
mod error;
mod extract;
mod gate;
mod rejection;
mod routes;
mod service;

pub use self::config::SudoConfig;
pub use self::elevated::Elevated;
pub use self::error::SudoError;
pub use self::gate::Sudo;
pub(crate) use self::routes::StepUp;
pub use self::service::{Proof, SudoService};
