//! What adds proofs to a sign-in by tokens.

use std::sync::Arc;

use axum::response::Response;
use http::request::Parts;

use super::refresh::BearerRoutes;
use crate::core::{Later, ShownTokens, StepUpTokens};
use crate::error::RejectionKind;
use crate::event::RefreshFailure;
use crate::hooks::HookContext;
use crate::proofs::Factor;
use crate::user::AuthUser;

impl<U: AuthUser> StepUpTokens<U> for BearerRoutes<U> {
    fn shown<'a>(
        &'a self,
        head: &'a Parts,
        in_body: Option<String>,
        context: &'a HookContext,
    ) -> Later<'a, Option<ShownTokens<U>>> {
        Box::pin(async move {
            let by_cookie = self.replaced(&head.headers)?;
            let token = match (&*by_cookie, in_body) {
                ([], Some(token)) if !self.by_cookie() => token,
                ([], _) => return Ok(None),
                // A browser sends the cookie for a page of another site, too.
                ([_, ..], _) if self.core.csrf.is_cross_site(head) => {
                    self.tokens.refused(context, None, RefreshFailure::CrossSite);
                    return Err(RejectionKind::CrossSite.into());
                }
                ([token], _) => (*token).to_owned(),
                ([_, _, ..], _) => return Err(RejectionKind::SeveralSignIns.into()),
            };
            let holder = self.tokens.holder(&token, context).await?;
            let (user, family) = holder.ok_or(RejectionKind::InvalidRefreshToken)?;
            Ok(Some(ShownTokens { token, user: Arc::new(user), family }))
        })
    }

    fn renew<'a>(
        &'a self,
        shown: &'a ShownTokens<U>,
        factor: Factor,
        context: &'a HookContext,
    ) -> Later<'a, Response> {
        Box::pin(async move {
            let renewed = self.tokens.refresh_proved(&shown.token, factor, context).await?;
            Ok(self.renewed(&renewed))
        })
    }
}
