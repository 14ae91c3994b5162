//! What a sign-up needs and no provider says.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use super::OAuthError;
use crate::error::{Fault, Rejection, RejectionKind};
use crate::hooks::HookError;
use crate::providers::Profile;
use crate::user::{AuthUser, NothingFromForm};

/// Makes the sign-up of somebody of whom the address and a user name are known.
pub(crate) type MakeRegister<U> =
    Box<dyn Fn(&str, Option<&str>) -> <U as AuthUser>::Register + Send + Sync>;

type Asked<U> = Pin<Box<dyn Future<Output = Result<Option<MakeRegister<U>>, HookError>> + Send>>;

/// What fills the fields of a sign-up that no provider says.
pub(crate) struct FormFields<U: AuthUser>(Arc<dyn Fn(Profile) -> Asked<U> + Send + Sync>);

impl<U: AuthUser> FormFields<U> {
    /// There are none.
    pub(crate) fn none() -> Self
    where
        U: NothingFromForm,
    {
        Self(Arc::new(|_| {
            let make: MakeRegister<U> = Box::new(|email, username| {
                U::register_by_provider(email, username, U::no_fields())
            });
            Box::pin(ready(Ok(Some(make))))
        }))
    }

    /// A hook of the application makes them of what the provider says.
    pub(crate) fn by<F, Fut>(hook: F) -> Self
    where
        F: Fn(Profile) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<U::OAuthFields>, HookError>> + Send + 'static,
        U::OAuthFields: Clone + Sync,
    {
        Self(Arc::new(move |profile| {
            let fields = hook(profile);
            Box::pin(async move {
                let make = |fields: U::OAuthFields| -> MakeRegister<U> {
                    Box::new(move |email, username| {
                        U::register_by_provider(email, username, fields.clone())
                    })
                };
                Ok(fields.await?.map(make))
            })
        }))
    }

    /// Asks for those of somebody new; `None` where the application wants no account for them.
    pub(super) async fn of(
        &self,
        profile: &Profile,
    ) -> Result<Option<MakeRegister<U>>, OAuthError> {
        (self.0)(profile.clone()).await.map_err(|error| {
            OAuthError::Failed(Rejection::because_of(HookFailed(error), RejectionKind::Internal))
        })
    }
}

#[derive(Debug)]
struct HookFailed(HookError);

impl Fault for HookFailed {
    fn log(&self) {
        tracing::error!(error = %self.0, "the hook of `Builder::oauth_with` failed");
    }
}

impl<U: AuthUser> Clone for FormFields<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: AuthUser> fmt::Debug for FormFields<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormFields(..)")
    }
}
