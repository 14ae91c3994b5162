//! Addresses that may be called.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

use super::{Fault, ProviderError};

/// An address of a provider: absolute, `https`, without credentials and without a fragment. Plain
/// `http` on the loopback interface alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    uri: Uri,
    host: String,
}

impl Endpoint {
    /// The address `text`.
    ///
    /// # Errors
    ///
    /// Where it is none that may be called.
    pub fn new(text: &str) -> Result<Self, ProviderError> {
        let uri: Uri = text.parse().map_err(|_| Fault::Address)?;
        let authority = uri.authority().ok_or(Fault::Address)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let has_extras = authority.as_str().contains('@') || text.contains('#');
        let endpoint = Self { host, uri };
        let is_encrypted = endpoint.is_encrypted()
            || endpoint.uri.scheme() == Some(&Scheme::HTTP) && endpoint.is_loopback();
        match has_extras || endpoint.host.is_empty() || !is_encrypted {
            true => Err(Fault::Address.into()),
            false => Ok(endpoint),
        }
    }

    /// The address `text` that a provider at `self` names: on the loopback interface only where that
    /// is, so that no provider has this machine called.
    pub(super) fn named(&self, text: &str) -> Result<Self, ProviderError> {
        let named = Self::new(text)?;
        match named.is_loopback() && !self.is_loopback() {
            true => Err(Fault::Address.into()),
            false => Ok(named),
        }
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The name or the address of the host, without brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether it is on the loopback interface by its own words: no name is looked up.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host.trim_end_matches('.');
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_here)
    }

    /// The address with a query, whatever query it has.
    pub(super) fn with_query(&self, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(pairs).finish();
        let separator = if self.uri.query().is_some() { '&' } else { '?' };
        format!("{}{separator}{query}", self.uri)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uri, f)
    }
}

/// Without the query, in which a secret may be.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.host).finish()
    }
}

/// Whether an address is that of this machine, whoever asks.
pub(super) fn is_here(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_loopback() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_provider_on_this_machine_names_an_address_on_it() {
        let far = Endpoint::new("https://sso.example.com").expect("an address");
        let here = Endpoint::new("http://127.0.0.1:8080").expect("an address");
        for address in [
            "http://127.0.0.1/token",
            "https://127.0.0.1/token",
            "https://127.8.8.8/token",
            "http://localhost:8080/token",
            "https://LOCALHOST./token",
            "https://[::1]/token",
            "https://[::ffff:127.0.0.1]/token",
            "https://0.0.0.0/token",
        ] {
            assert_eq!(far.named(address).expect_err(address).fault(), Fault::Address);
            here.named(address).expect(address);
        }
        far.named("https://keys.example.net/token").expect("another host");
    }
}
