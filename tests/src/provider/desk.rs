//! A provider of the application's own, without HTTP: its code is what it says.

use crudauth::oauth::{Asking, EmailClaim, Flow, Grant, Http, Profile, Provider};

/// Somebody who believes what they are told. A code is `subject,address` where the provider vouches for the
/// address, `subject,address,unverified` where it does not, and `subject` where there is none.
pub struct Desk {
    name: &'static str,
    issuer: String,
}

impl Desk {
    /// The provider `name`. The ids in a column of Google or GitHub are theirs.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        let issuer = match name {
            "google" => "https://accounts.google.com".to_owned(),
            "github" => "https://github.com".to_owned(),
            other => format!("https://{other}.example"),
        };
        Self { name, issuer }
    }
}

impl Provider for Desk {
    fn name(&self) -> &str {
        self.name
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn can_ask_anew(&self) -> bool {
        true
    }

    fn authorize_url<'a>(&'a self, _: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        Box::pin(async move { Ok(format!("{}/?state={}", self.issuer, flow.state())) })
    }

    fn profile<'a>(&'a self, _: &'a Http, grant: Grant<'a>, _: &'a Flow) -> Asking<'a, Profile> {
        Box::pin(async move {
            let mut parts = grant.code.split(',');
            let subject = parts.next().unwrap_or_default();
            let email = match (parts.next().map(str::to_owned), parts.next()) {
                (None, _) => EmailClaim::None,
                (Some(address), None) => EmailClaim::Verified(address),
                (Some(address), Some(_)) => EmailClaim::Unverified(address),
            };
            let mut profile = Profile::new(&self.issuer, subject, email)?;
            profile.name = Some("Ada Lovelace".to_owned());
            Ok(profile)
        })
    }
}
