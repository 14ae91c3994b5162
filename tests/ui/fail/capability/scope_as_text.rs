//! A text is no scope, right or wrong: neither in a configuration, nor where tokens are issued.
// mistakes: 3

use crudauth::transport::SignedIn;
use crudauth::{BearerConfig, BearerTokens, AuthUser};

async fn issue<U: AuthUser>(tokens: BearerTokens<U>, user: SignedIn<U>) {
    let _ = tokens.issue_tokens(&user, &["notes:raed"]).await;
}

fn main() {
    let config = BearerConfig::default();
    let config = config.grantable_scopes(["notes:raed"]);
    let _ = config.default_scopes(["notes:read"]);
}
