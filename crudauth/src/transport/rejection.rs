//! What a user who may not sign in is told.

use super::NotAdmitted;
use crate::error::{Rejection, RejectionKind};

impl From<NotAdmitted> for Rejection {
    fn from(refused: NotAdmitted) -> Self {
        match refused {
            NotAdmitted::Vetoed(veto) => veto.into(),
            NotAdmitted::Store(error) => error.into(),
            NotAdmitted::Inactive | NotAdmitted::Unverified | NotAdmitted::SecondFactor => {
                RejectionKind::BadCredentials.into()
            }
        }
    }
}
