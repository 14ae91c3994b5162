//! What pages of the application's own do with passwords and links, as the routes of crudauth do it.

use std::sync::Arc;

use http::request::Parts;

use super::CrudAuth;
use crate::error::{Fault, Rejection, RejectionKind};
use crate::hooks::HookContext;
use crate::password::Password;
use crate::principal::{Gate, ManageAccount, Principal};
use crate::rate_limit::RateLimiter;
use crate::recovery::{Asker, Confirmed, RecoveryError, RecoveryService, read_factor};
use crate::transport::session::RenewedSession;
use crate::user::{AuthUser, HasEmail, HasRecovery};

impl<U: AuthUser> CrudAuth<U> {
    /// Replaces the password of who is signed in, as `POST /change-password` does: given the current
    /// one, within the limit of that route. It ends the user's other sessions, all tokens and all
    /// links. The session that asks gets another id: what is returned is a part of the response,
    /// which hands it to the browser.
    ///
    /// ```
    /// use axum::Form;
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::response::{IntoResponse, Redirect};
    /// use crudauth::{AuthUser, CrudAuth, Password, Principal, Rejection};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct ChangePassword {
    ///     current: Password,
    ///     new: Password,
    /// }
    ///
    /// async fn change_password<U: AuthUser>(
    ///     State(auth): State<CrudAuth<U>>,
    ///     me: Principal<U>,
    ///     request: Parts,
    ///     Form(form): Form<ChangePassword>,
    /// ) -> Result<impl IntoResponse, Rejection> {
    ///     let renewed = auth.change_password(&me, form.current, form.new, &request).await?;
    ///     Ok((renewed, Redirect::to("/account")))
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = change_password::<U>; }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `POST /change-password`.
    pub async fn change_password<G: Gate<U>>(
        &self,
        me: &Principal<U, G>,
        current: Password,
        new: Password,
        request: &Parts,
    ) -> Result<RenewedSession, Rejection> {
        let context = self.manager(me, request)?;
        let (core, service) = (self.inner.core(), Arc::clone(&self.inner.passwords));
        core.rate_limiters.change_password.count_of(&me.id().to_string(), &context).await??;
        core.guard_change(me, None, &context).await?;
        let (user, keep) = (Arc::clone(&me.user), me.session().map(str::to_owned));
        let change =
            async move { service.change(&user, current, new, keep.as_deref(), &context).await };
        Ok(core.background.to_its_end(change).await?)
    }

    /// Sends the link that leads to a new password, as `POST /password/reset-request` does: nobody
    /// learns whether there is such an account.
    ///
    /// # Errors
    ///
    /// Those of `POST /password/reset-request`.
    pub async fn request_reset(&self, email: &str, request: &Parts) -> Result<(), Rejection>
    where
        U: HasRecovery,
    {
        let limiter = &self.inner.core().rate_limiters.password_reset_request;
        let (recovery, value, context) = self.asked(limiter, email, request).await?;
        Ok(recovery.request_reset(&value, None, &context).await?)
    }

    /// Sets the password of the account that the `token` of a link was made for, as
    /// `POST /password/reset-confirm` does.
    ///
    /// # Errors
    ///
    /// Those of `POST /password/reset-confirm`. The link still works where the policy refuses the
    /// password.
    pub async fn confirm_reset(
        &self,
        token: impl Into<String>,
        new: Password,
        request: &Parts,
    ) -> Result<Confirmed<U>, Rejection>
    where
        U: HasRecovery,
    {
        let token = token.into();
        self.confirm(request, move |recovery, context| async move {
            recovery.confirm_reset(&token, new, &context).await
        })
        .await
    }

    /// Sends the link that proves an address, as `POST /email/verify-request` does: nobody learns
    /// whether there is such an account.
    ///
    /// # Errors
    ///
    /// Those of `POST /email/verify-request`.
    pub async fn request_verification(&self, email: &str, request: &Parts) -> Result<(), Rejection>
    where
        U: HasRecovery,
    {
        let limiter = &self.inner.core().rate_limiters.email_verify_request;
        let (recovery, value, context) = self.asked(limiter, email, request).await?;
        Ok(recovery.request_verification(&value, None, &context).await?)
    }
    /// Marks the address as proved that the `token` of a link was sent to, as
    /// `POST /email/verify-confirm` does. Let the page ask for a click: mail scanners open links.
    ///
    /// # Errors
    ///
    /// Those of `POST /email/verify-confirm`.
    pub async fn confirm_verification(
        &self,
        token: impl Into<String>,
        request: &Parts,
    ) -> Result<Confirmed<U>, Rejection>
    where
        U: HasRecovery,
    {
        let token = token.into();
        self.confirm(request, move |recovery, context| async move {
            recovery.confirm_verification(&token, &context).await
        })
        .await
    }

    /// Sends a link to the new address of who is signed in, as `POST /email/change-request` does,
    /// given the password. Nobody learns whether the address belongs to an account.
    ///
    /// # Errors
    ///
    /// Those of `POST /email/change-request`.
    pub async fn request_email_change<G: Gate<U>>(
        &self,
        me: &Principal<U, G>,
        new_email: &str,
        password: Password,
        request: &Parts,
    ) -> Result<(), Rejection>
    where
        U: HasRecovery + HasEmail,
    {
        let context = self.manager(me, request)?;
        let limiter = &self.inner.core().rate_limiters.email_change_request;
        limiter.count_of(&me.id().to_string(), &context).await??;
        let recovery = self.sending()?;
        self.inner.core().guard_change(me, None, &context).await?;
        Ok(recovery.request_email_change(&me.user, new_email, password, None, &context).await?)
    }

    /// Makes the address the account's own that the `token` of a link was sent to, as
    /// `POST /email/change-confirm` does.
    ///
    /// # Errors
    ///
    /// Those of `POST /email/change-confirm`.
    pub async fn confirm_email_change(
        &self,
        token: impl Into<String>,
        request: &Parts,
    ) -> Result<Confirmed<U>, Rejection>
    where
        U: HasRecovery + HasEmail,
    {
        let token = token.into();
        self.confirm(request, move |recovery, context| async move {
            recovery.confirm_email_change(&token, &context).await
        })
        .await
    }

    /// The circumstances of who may change the account itself.
    fn manager<G: Gate<U>>(
        &self,
        me: &Principal<U, G>,
        request: &Parts,
    ) -> Result<HookContext, Rejection> {
        if !me.may_manage_account() {
            let denied = RejectionKind::InsufficientScope.into();
            return Err(self.denied::<ManageAccount, G>(request, me, denied));
        }
        let context = self.context(request).via(me.via());
        Ok(match me.session() {
            Some(handle) => context.in_session(handle),
            None => context,
        })
    }

    fn sending(&self) -> Result<&Arc<RecoveryService<U>>, Rejection> {
        let nothing = || Rejection::because_of(NoMail, RejectionKind::Internal);
        self.inner.recovery.as_ref().ok_or_else(nothing)
    }

    /// Counts a request for a link against who makes it, and reads for whom it is.
    async fn asked(
        &self,
        limiter: &RateLimiter,
        typed: &str,
        request: &Parts,
    ) -> Result<(&RecoveryService<U>, String, HookContext), Rejection> {
        let recovery = self.sending()?;
        let context = self.context(request);
        let authenticator = &self.inner.app.authenticator;
        Asker::find(authenticator, request, context.clone()).await.count(limiter).await?;
        let value = read_factor(U::SCHEMA.recovery.unwrap_or("email"), typed)?;
        Ok((recovery, value, context))
    }

    /// Confirms a link, to its end also where the browser hangs up.
    async fn confirm<Fut>(
        &self,
        request: &Parts,
        work: impl FnOnce(Arc<RecoveryService<U>>, HookContext) -> Fut,
    ) -> Result<Confirmed<U>, Rejection>
    where
        Fut: Future<Output = Result<Confirmed<U>, RecoveryError>> + Send + 'static,
    {
        let work = work(Arc::clone(self.sending()?), self.context(request));
        Ok(self.inner.core().background.to_its_end(work).await?)
    }
}

#[derive(Debug)]
struct NoMail;

impl Fault for NoMail {
    fn log(&self) {
        tracing::error!("a link was asked for, and no mail is sent: call `Builder::email`");
    }
}
