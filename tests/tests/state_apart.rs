//! Users in one place, and what expires in another.

use crudauth_tests::support::engines::StateEngine;
use crudauth_tests::support::{PASSWORD, TestApp};

/// Sign-up, sign-in, lockout and sign-out with sessions and counters on each engine, of which the
/// users' database sees nothing.
#[tokio::test]
async fn sessions_and_counters_live_where_the_state_is() {
    for engine in StateEngine::ALL {
        let Some(state) = engine.open().await else { continue };
        let app = TestApp::with(|builder| builder.expiring_store(state.clone())).await;
        let mut ann = app.signed_in("ann").await;
        let mut other = app.signed_in("ann2").await;
        assert_eq!(ann.get("/dashboard").await.status, 200, "{engine:?}");
        let elsewhere = app.select("SELECT count(*) FROM crudauth_state").await;
        assert_eq!(elsewhere, ["0"], "{engine:?}");

        let mut guesser = app.client();
        for _ in 0..5 {
            assert_eq!(guesser.login("ann", "wrong password").await.status, 401, "{engine:?}");
        }
        assert_eq!(guesser.login("ann", PASSWORD).await.status, 429, "{engine:?}");

        assert_eq!(ann.post("/logout").await.status, 200, "{engine:?}");
        assert_eq!(ann.get("/dashboard").await.status, 401, "{engine:?}");
        assert_eq!(other.get("/dashboard").await.status, 200, "{engine:?}");
    }
}
