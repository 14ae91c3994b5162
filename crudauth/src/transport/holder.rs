//! Whose a credential is, while it counts.

use std::str::FromStr;

use crate::store::{StoreError, UserStore};
use crate::user::AuthUser;

/// The user that a credential was issued to, at this epoch; `None` where it counts no more: the
/// user is gone or may not sign in, or the credentials have changed since. Every transport asks
/// here, so that what ends one credential ends them all. One query.
pub(crate) async fn holder<U: AuthUser>(
    users: &dyn UserStore<U>,
    id: &str,
    epoch: i64,
) -> Result<Option<U>, StoreError> {
    let Ok(id) = U::Id::from_str(id) else { return Ok(None) };
    let user = users.find_by_id(&id).await?;
    Ok(user.filter(|user| counts_for(user, epoch)))
}

/// Whether a credential of this epoch counts for `user`.
pub(crate) fn counts_for<U: AuthUser>(user: &U, epoch: i64) -> bool {
    let fields = user.logical();
    fields.may_sign_in() && fields.epoch() == epoch
}
