use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;

use super::{Delivery, DeliveryError, Email, EmailSender};
use crate::error::StartupError;

/// Hands e-mails to an HTTP endpoint, which sends them.
///
/// Each is one POST of JSON: `{"to", "kind", "subject", "text", "html", "link", "expires_in"}`, the
/// last two null where there is none, `expires_in` in seconds. A message with a code to type has it
/// as `code`. Any 2xx is success. 400, 413 and 422
/// mean that the message itself is refused; all else is tried again later. Redirects are not
/// followed. Requires the feature `webhook`.
///
/// The body has links with tokens, so that the address must be `https`, save on loopback. This
/// crate chooses no TLS library: for `https` the application depends on `reqwest` with one of its
/// TLS features, such as `rustls`. Without one, every delivery fails and is tried again.
///
/// ```
/// use std::time::Duration;
/// use crudauth::message::WebhookSender;
///
/// let sender = WebhookSender::new("http://127.0.0.1:9000/mail")?
///     .header("authorization", "Bearer key")?
///     .timeout(Duration::from_secs(5));
/// # let _ = sender;
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct WebhookSender {
    client: Client,
    url: Url,
    headers: HeaderMap,
    timeout: Duration,
}

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    kind: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    expires_in: Option<u64>,
}

impl WebhookSender {
    /// A sender that posts to `url`, and waits 10 seconds for the answer.
    ///
    /// # Errors
    ///
    /// Where `url` is no URL, or would carry links unencrypted over a network.
    pub fn new(url: &str) -> Result<Self, StartupError> {
        // The URL may have a key in it.
        let refused =
            |why: &str| StartupError::setting(format!("the URL of the mail webhook {why}"));
        let parsed = Url::parse(url).map_err(|error| refused(&format!("is none: {error}")))?;
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback(&parsed) => {}
            "http" => return Err(refused("must be https: mails carry links with tokens")),
            _ => return Err(refused("must be an https URL")),
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .build()
            .map_err(|error| refused(&format!("cannot be called: {error}")))?;
        let timeout = Duration::from_secs(10);
        Ok(Self { client, url: parsed, headers: HeaderMap::new(), timeout })
    }

    /// A header for each request, such as `authorization`.
    ///
    /// # Errors
    ///
    /// If the name or the value is not valid in a header. The error does not quote the value.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, StartupError> {
        let refused =
            || StartupError::setting(format!("`{name}` and its value are no HTTP header"));
        let field = HeaderName::try_from(name).map_err(|_| refused())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        self.headers.insert(field, value);
        Ok(self)
    }

    /// How long to wait for the answer. Default: 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl EmailSender for WebhookSender {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        Box::pin(async move {
            let body = Body {
                to: email.to(),
                kind: email.kind().as_str(),
                subject: email.subject(),
                text: email.text(),
                html: email.html(),
                link: email.link(),
                code: email.code(),
                expires_in: email.message().expires_in().map(|left| left.as_secs()),
            };
            let request = self
                .client
                .post(self.url.clone())
                .headers(self.headers.clone())
                .timeout(self.timeout)
                .json(&body);
            // The URL may have a key in it.
            let answer = request
                .send()
                .await
                .map_err(|error| DeliveryError::temporary(error.without_url()))?;
            classify(answer.status())
        })
    }
}

fn classify(status: StatusCode) -> Result<(), DeliveryError> {
    let refusal = format!("the webhook answered {}", status.as_u16());
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => Err(DeliveryError::permanent(refusal)),
        _ => Err(DeliveryError::temporary(refusal)),
    }
}

impl fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSender").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_do_not_cross_a_network_unencrypted() {
        for good in [
            "https://hooks.example.com/mail",
            "http://127.0.0.1:9000/",
            "http://[::1]:9000/",
            "http://localhost/mail",
        ] {
            assert!(WebhookSender::new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://hooks.example.com/mail",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "ftp://127.0.0.1/",
            "hooks",
        ] {
            assert!(WebhookSender::new(bad).is_err(), "{bad}");
        }
        for secret in ["http://k3y@hooks.example.com/k3y?k3y", "k3y", "https://k3y:k3y/k3y"] {
            let error = WebhookSender::new(secret).expect_err(secret).to_string();
            assert!(!error.contains("k3y"), "{error}");
        }
    }

    #[test]
    fn a_header_is_checked_and_not_printed() {
        let sender = || WebhookSender::new("https://hooks.example.com").expect("good");
        let error = sender().header("authorization", "k3y\r\nx: y").expect_err("two lines");
        assert!(!error.to_string().contains("k3y"), "{error}");
        let sender = sender().header("authorization", "Bearer k3y").expect("good");
        assert!(!format!("{sender:?}").contains("k3y"));
    }
}
