use http::header::USER_AGENT;
use http::request::Parts;

use crate::http::ClientAddress;

/// What a client says of itself at a sign-in, by which its owner recognises it in a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientInfo {
    pub(crate) address: Option<String>,
    /// The `User-Agent`, of which 256 characters are kept.
    pub(crate) agent: Option<String>,
}

impl ClientInfo {
    pub(crate) fn of(request: &Parts) -> Self {
        let agent = request.headers.get(USER_AGENT).and_then(|it| it.to_str().ok());
        Self {
            address: ClientAddress::of(&request.extensions).ip().map(|ip| ip.to_string()),
            agent: agent.map(|agent| agent.chars().take(256).collect()),
        }
    }
}
