//! An application over stores that are watched.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use crudauth::oauth::OAuthConfig;
use crudauth::store::Stores;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{BearerConfig, CrudAuth, Principal, RateLimits, RefreshDelivery, Rejection};
use crudauth_tests::attack::{Ground, Server, Watch};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::{Account, Client};

use crate::app::ADA;

/// Where a sign-in ends that has asked for no other place.
pub(crate) const HOME: &str = "https://shop.example.com/";
/// A link of an app that is listed.
pub(crate) const APP_LINK: &str = "com.example.shop:/signed-in";

pub(crate) struct Site {
    pub(crate) ground: Ground,
    pub(crate) watch: Arc<Watch>,
    pub(crate) server: Server,
}

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

impl Site {
    /// All stores are those of an application of its own, and are watched.
    pub(crate) async fn start() -> Arc<Self> {
        let ground = Ground::new().await;
        let records = ground.database.users.records();
        let (watch, stores) = Watch::over_with_records(&ground.stores, records);
        Self::over(ground, watch, stores).await
    }

    /// Users and links change in one transaction. What expires is watched.
    pub(crate) async fn with_transactions() -> Arc<Self> {
        let ground = Ground::new().await;
        let (watch, state) = Watch::over_state(Arc::clone(ground.stores.state()));
        let stores = ground.stores.clone().with_state(state);
        Self::over(ground, watch, stores).await
    }

    async fn over(ground: Ground, watch: Arc<Watch>, stores: Stores<Account>) -> Arc<Self> {
        let config = OAuthConfig::new("https://shop.example.com")
            .add_provider(Desk::new("sso"))
            .add_app_link(APP_LINK);
        let tokens = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
        let builder = ground.builder(stores).rate_limits(RateLimits::off());
        let auth = builder.oauth(config).bearer(tokens).build().await;
        let more = Router::new().route("/sudo", post(sudo));
        let server = Server::with(auth.expect("a configuration that works"), more).await;
        Arc::new(Self { ground, watch, server })
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.ground.database.execute(sql).await;
    }

    /// Signs in by the provider, as far as the callback.
    pub(crate) async fn callback(&self, client: &mut Client) -> String {
        self.callback_of(client, &format!("ada,{ADA}"), "").await
    }

    /// As [`callback`](Self::callback), as the one whom `code` names, by a flow that asks for something.
    pub(crate) async fn callback_of(&self, client: &mut Client, code: &str, query: &str) -> String {
        let answer = client.get(&format!("/oauth/sso/authorize{query}")).await;
        way_back(answer.header("location").expect("the provider"), code)
    }

    /// The user name of whoever has signed in.
    pub(crate) async fn sign_in(&self, client: &mut Client) -> String {
        let path = self.callback(client).await;
        self.watch.take_calls();
        let answer = client.get(&path).await;
        assert_eq!(answer.header("location"), Some(HOME));
        let me = client.clone().get("/me").await.json();
        me["username"].as_str().expect("a name").to_owned()
    }

    pub(crate) fn raced(&self) {
        assert!(self.watch.waiting().is_empty(), "never called: {:?}", self.watch.waiting());
    }
}

/// Where the browser comes back to that was sent to `url`, once the provider has said `code`.
pub(crate) fn way_back(url: &str, code: &str) -> String {
    let state = url.split_once("state=").expect("a state").1;
    format!("/oauth/sso/callback?code={code}&state={state}")
}
