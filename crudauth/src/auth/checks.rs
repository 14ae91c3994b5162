//! What cannot work, or is unsafe, is found before anything is opened.

use super::settings::{CoreSettings, Settings};
use crate::error::StartupError;
use crate::http::{OriginPolicy, TrustedOrigin};
use crate::user::AuthUser;

impl<U: AuthUser> Settings<U> {
    pub(super) fn check(&self) -> Result<(), StartupError> {
        let Self { core, sudo, .. } = self;
        core.session.check().map_err(StartupError::setting)?;
        sudo.check().map_err(StartupError::setting)?;
        core.limits.check().map_err(StartupError::setting)?;
        core.policy
            .ensure_satisfiable()
            .map_err(|error| StartupError::setting(error.to_string()))?;
        if core.body_limit < 1024 {
            return Err(StartupError::setting(
                "a sign-up does not fit into the body limit: raise `Builder::body_limit` to at \
                 least 1,024 bytes",
            ));
        }
        Ok(())
    }
}

impl<U: AuthUser> CoreSettings<U> {
    /// Whose pages may use the cookies. A page that came without TLS can be written
    /// by anybody on its way, and cookies that are kept from such pages are not to be lent to one.
    pub(super) fn origins(&self) -> Result<OriginPolicy, StartupError> {
        let parse = |text: &String| {
            let refused = |why: &dyn std::fmt::Display| {
                StartupError::setting(format!("`Builder::trusted_origin({text:?})`: {why}"))
            };
            let origin: TrustedOrigin = text.parse().map_err(|error| refused(&error))?;
            if self.cookies.is_secure() && !origin.is_trustworthy() {
                return Err(refused(
                    &"anybody on the network can write the pages of an origin without TLS: begin \
                      it with `https://`",
                ));
            }
            Ok(origin)
        };
        let trusted: Vec<_> = self.trusted_origins.iter().map(parse).collect::<Result<_, _>>()?;
        let origins = OriginPolicy::new(trusted);
        Ok(if self.cookies.is_secure() { origins.over_tls() } else { origins })
    }
}
