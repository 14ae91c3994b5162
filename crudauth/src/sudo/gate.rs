use std::future::{Future, ready};

use crate::error::{Rejection, RejectionKind};
use crate::principal::{Gate, Principal};
use crate::user::AuthUser;

/// Passes sessions that have proved within the last minutes that their user is there, with
/// [`SudoService::elevate`](super::SudoService::elevate). What carries no session, such as a
/// bearer token, never passes. Over HTTP: 403 "Re-authentication required."
#[derive(Debug)]
pub enum Sudo {}

impl<U: AuthUser> Gate<U> for Sudo {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        let elevated = principal.is_elevated();
        ready(elevated.then_some(()).ok_or_else(|| RejectionKind::SudoRequired.into()))
    }
}
