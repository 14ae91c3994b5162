//! A range service over HTTP.

use std::fmt;
use std::net::IpAddr;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::{BreachLookupError, BreachRange, BreachedPasswords, HashPrefix, RangeLookup};
use crate::error::StartupError;

/// The longest answer that is read. A padded range has some 40 KiB.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Asks a range service over HTTP: `GET {address}{five digits}`, with `Add-Padding: true`, so that
/// the length of the answer does not reveal the range to an eavesdropper. Redirects are not
/// followed, and at most 1 MiB is read. Requires the feature `breach-reqwest`.
///
/// This crate chooses no TLS library: for `https` the application depends on `reqwest` with one of
/// its TLS features, such as `rustls`. Without one, every lookup fails.
///
/// ```
/// use crudauth::password::breach::RangeApi;
///
/// let public = RangeApi::pwned_passwords()?;
/// let mirror = RangeApi::new("https://breaches.example.com/range/")?;
/// # let _ = (public, mirror);
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct RangeApi {
    client: Client,
    address: Url,
}

impl RangeApi {
    /// The service of Have I Been Pwned: `https://api.pwnedpasswords.com/range/`.
    ///
    /// # Errors
    ///
    /// Where no HTTP client can be made.
    pub fn pwned_passwords() -> Result<Self, StartupError> {
        Self::new("https://api.pwnedpasswords.com/range/")
    }

    /// A service of the same interface below `address`, which ends with a slash.
    ///
    /// # Errors
    ///
    /// If `address` is not such a URL, or is neither `https` nor on loopback: an attacker who can
    /// change the answers could let leaked passwords through.
    pub fn new(address: &str) -> Result<Self, StartupError> {
        let refused = |why: &str| {
            // The URL may have a key in it.
            StartupError::setting(format!("the URL of `RangeApi::new` {why}"))
        };
        let parsed = Url::parse(address).map_err(|error| refused(&format!("is none: {error}")))?;
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback(&parsed) => {}
            _ => return Err(refused("must be `https`, or on this machine")),
        }
        if !parsed.path().ends_with('/') || parsed.query().is_some() || parsed.fragment().is_some()
        {
            return Err(refused("must end with a slash, as in `https://example.com/range/`"));
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .user_agent(concat!("crudauth/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| refused(&format!("cannot be called: {error}")))?;
        Ok(Self { client, address: parsed })
    }

    async fn fetch(&self, prefix: &HashPrefix) -> Result<BreachRange, BreachLookupError> {
        let failed = |error: reqwest::Error| BreachLookupError::new(error.without_url());
        let url = self.address.join(prefix.as_str()).map_err(BreachLookupError::new)?;
        let request = self.client.get(url).header("Add-Padding", "true");
        let mut answer = request.send().await.map_err(failed)?;
        if answer.status() != reqwest::StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(BreachLookupError::new(format!("the service answered {status}")));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(BreachLookupError::new("the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(body).map_err(|_| super::InvalidRange)?;
        Ok(BreachRange::parse(&text)?)
    }
}

impl BreachedPasswords for RangeApi {
    fn range<'a>(&'a self, prefix: &'a HashPrefix) -> RangeLookup<'a> {
        Box::pin(self.fetch(prefix))
    }
}

impl fmt::Debug for RangeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.address.host_str();
        f.debug_struct("RangeApi").field("host", &host).finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine_and_ends_with_a_slash() {
        for good in ["https://example.com/range/", "http://127.0.0.1:9/", "http://[::1]:9/range/"] {
            assert!(RangeApi::new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/range/",
            "http://localhost.example.com/",
            "https://example.com/range",
            "https://example.com/range/?key=1",
            "ftp://127.0.0.1/",
            "range",
        ] {
            let error = RangeApi::new(bad).expect_err(bad).to_string();
            assert!(error.contains("`RangeApi::new`"), "{error}");
        }
        for secret in ["http://k3y@example.com/k3y/", "k3y", "https://k3y:k3y/range/"] {
            let error = RangeApi::new(secret).expect_err(secret).to_string();
            assert!(!error.contains("k3y"), "{error}");
        }
    }
}
