//! `POST /login`: hashes from before are verified and renewed.

use crudauth::Password;
use crudauth::password::{Argon2id, PasswordHasher};

use super::{PASSWORD, TestApp};

/// Of [`PASSWORD`], made with another bcrypt implementation.
const BCRYPT: &str = "$2b$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi";
/// Of the SHA-256 of [`PASSWORD`], as the Python library has it.
const BCRYPT_OF_DIGEST: &str = "$2b$05$VtvmqSHWhLgwWq9lYrqIw.cY1cypG.VqC0MGgqVfxQGI3wQWWhutu";

async fn with_stored(hash: &str) -> TestApp {
    let app = TestApp::start().await;
    app.execute(&format!(
        "INSERT INTO accounts (email_address, username, pw_hash, is_admin, is_active,
            email_verified, token_version, tier_id)
         VALUES ('old@example.com', 'old', '{hash}', FALSE, TRUE, TRUE, 4, 1)"
    ))
    .await;
    app
}

async fn stored(app: &TestApp) -> String {
    app.select("SELECT concat(pw_hash, ' ', token_version) FROM accounts").await.remove(0)
}

#[tokio::test]
async fn a_hash_of_another_scheme_or_cost_is_renewed_once() {
    let strong = Argon2id::default().hash(&Password::new(PASSWORD)).expect("memory");
    for old in [BCRYPT, BCRYPT_OF_DIGEST, strong.as_stored()] {
        let app = with_stored(old).await;
        let mut client = app.client();
        assert_eq!(client.login("old", "wrong password").await.status, 401);
        assert_eq!(stored(&app).await, format!("{old} 4"), "a wrong password rewrites nothing");

        assert_eq!(client.login("old", PASSWORD).await.status, 200, "{old}");
        let renewed = stored(&app).await;
        assert!(renewed.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{renewed}");
        assert!(renewed.ends_with(" 4"), "it is the same password: nothing ends");
        assert_eq!(client.get("/me").await.status, 200);

        assert_eq!(app.client().login("old", PASSWORD).await.status, 200);
        assert_eq!(stored(&app).await, renewed, "a hash that is current stays");
    }
}

#[tokio::test]
async fn a_disabled_account_is_not_renewed() {
    let app = with_stored(BCRYPT).await;
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    assert_eq!(app.client().login("old", PASSWORD).await.status, 401);
    assert_eq!(stored(&app).await, format!("{BCRYPT} 4"));
}
