//! Whether a sign-in by a provider still is one.

use super::Later;
use crate::transport::ProviderLogin;
use crate::user::{AuthUser, StoredUser};

/// Knows which identities at providers are linked.
pub(crate) trait ProviderLinks<U: AuthUser>: Send + Sync {
    /// Whether a sign-in that has begun is by an identity that is still linked. Else it has ended.
    fn is_still_linked<'a>(
        &'a self,
        user: &'a StoredUser<U>,
        login: &'a ProviderLogin,
    ) -> Later<'a, bool>;
}
