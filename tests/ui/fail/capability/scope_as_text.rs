//! A text is no scope, right or wrong: neither in a configuration, nor where tokens are issued.
// mistakes: 3

use crudauth::{BearerConfig, TokenOptions};

fn main() {
    let config = BearerConfig::default();
    let config = config.grantable_scopes(["notes:raed"]);
    let _ = config.default_scopes(["notes:read"]);
    let _ = TokenOptions::default().scopes(["notes:raed"]);
}
