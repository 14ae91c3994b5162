//! A provider that names users of another one.

use crudauth::hooks::HookContext;
use crudauth::oauth::{
    Asking, EmailClaim, Fault, Flow, Grant, Http, OAuthError, Profile, Provider,
};
use crudauth_tests::provider::Desk;

use crate::app::*;

struct Impostor(Desk);

impl Provider for Impostor {
    fn name(&self) -> &str {
        "mallory"
    }

    fn issuer(&self) -> &str {
        "https://mallory.example"
    }

    fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        self.0.authorize_url(http, flow)
    }

    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile> {
        self.0.profile(http, grant, flow)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_speaks_for_its_own_users_alone() {
    let mounted =
        |config: crudauth::oauth::OAuthConfig| config.add_provider(Impostor(Desk::new("sso")));
    let app = App::with(mounted, |builder| builder).await;
    app.by("sso", &format!("ada,{ADA}")).await;
    for code in ["ada".to_owned(), format!("ada,{ADA}"), format!("eve,{EVE}")] {
        assert_eq!(app.refusal("mallory", &code).await, "oauth_failed", "{code}");
    }
    // As well where the application asks by itself.
    let oauth = app.auth.oauth().expect("providers");
    let email = EmailClaim::Verified(ADA.to_owned());
    let profile = Profile::new("https://sso.example", "ada", email).expect("a subject");
    for name in ["mallory", "forge"] {
        let outcome = oauth.resolve(name, &profile, &HookContext::default()).await;
        let is_told = |error: OAuthError| matches!(error, OAuthError::Provider(error) if error.fault() == Fault::Issuer);
        assert!(outcome.is_err_and(is_told), "{name}");
    }
    assert!(oauth.resolve("sso", &profile, &HookContext::default()).await.is_ok());
    assert_eq!(app.select("SELECT email FROM members").await, [ADA]);
}
