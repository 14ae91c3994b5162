//! The surface `/`: the defaults, and everything that is off by default switched on.

use std::sync::Arc;

use crudauth::message::FileSender;
use crudauth::mfa::{MfaConfig, Required};
use crudauth::{
    BearerConfig, CookieConfig, CrudAuth, EmailCodes, EmailConfig, MagicLinks, RefreshDelivery,
    ScopeName, SecretKey, SessionConfig, StartupError, SudoConfig, TrustedProxies,
};

use crate::database::Database;
use crate::model::Account;
use crate::providers::Providers;

crudauth::scopes! {
    /// Reading notes.
    pub(crate) NotesRead = "notes:read";
    /// Reading reports.
    pub(crate) ReportsRead = "reports:read";
}

pub(crate) async fn auth(
    database: &Database,
    key: SecretKey,
    proxies: &TrustedProxies,
    mail: FileSender,
    (mfa_key, mfa_issuer): (String, String),
    providers: &Providers,
) -> Result<CrudAuth<Account>, StartupError> {
    let bearer = BearerConfig::default()
        .refresh_delivery(RefreshDelivery::Body)
        .default_scopes([NotesRead::NAME])
        .grantable_scopes([NotesRead::NAME, ReportsRead::NAME]);

    let mfa = MfaConfig::new(mfa_issuer)
        .encryption_key(mfa_key)
        .required(Required::when(|account: &Account| account.mfa_required));

    let builder = CrudAuth::<Account>::builder(database.stores.clone(), key)
        .session(SessionConfig::default().management_routes())
        // Behind HTTPS: `CookieConfig::default().plain_names()`, and cookies are `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .bearer(bearer)
        .mfa(mfa)
        // `POST /step-up`, beside the route of the example's own.
        .sudo(SudoConfig::default().routes())
        // So that the printed requests can be sent one after the other. Without it nobody signs in
        // before the link in the mail was followed, and no sign-in tells whose address is taken.
        .email(
            EmailConfig::new(mail).frontend_url("https://app.example.com").unverified_may_sign_in(),
        )
        // The link leads to `https://app.example.com/sign-in`.
        .magic_links(MagicLinks::new())
        .email_codes(EmailCodes::new())
        .add_event_sink(database.events.clone())
        .trusted_proxies(proxies.clone());
    let builder = providers.mount("", builder, |config| config)?;
    match &database.state {
        Some(state) => builder.expiring_store(Arc::clone(state)).build().await,
        None => builder.build().await,
    }
}
