//! Calls to a provider, each within bounds.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT,
};
use http::request::Builder;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::endpoint::is_here;
use super::{Endpoint, Fault, Provider, ProviderError};
use crate::clock::{Clock, SystemClock};
use crate::error::StartupError;

/// The most that is read of an answer, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The same, of metadata and of keys.
const MAX_DOCUMENT: usize = 256 * 1024;
const CONNECT: Duration = Duration::from_secs(3);
const CALL: Duration = Duration::from_secs(5);
const USER: &str = concat!("crudauth/", env!("CARGO_PKG_VERSION"));

/// The client by which providers are called.
///
/// A call has 3 seconds to connect and 5 seconds in all. Of an answer at most 64 KiB are read, and of
/// metadata and keys 256 KiB. No redirect is followed, no proxy is asked, nothing is compressed, and an
/// answer counts only with the status 200. The certificates are those of the system.
#[derive(Clone)]
pub struct Http {
    tls: Arc<ClientConfig>,
    /// Whether there is an authority by which a certificate can be verified.
    has_authorities: bool,
    clock: Arc<dyn Clock>,
}

impl Http {
    /// A client.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be configured.
    pub fn new() -> Result<Self, StartupError> {
        let mut roots = RootCertStore::empty();
        // A few certificates of a system are often such that nobody can read them.
        let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(roots)
    }

    fn trusting(roots: RootCertStore) -> Result<Self, StartupError> {
        let has_authorities = !roots.is_empty();
        // The cryptography is named, since the process may have none that is installed for all.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| StartupError::setting(format!("there is no TLS: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(config), has_authorities, clock: Arc::new(SystemClock) })
    }

    /// Whether it can call the providers, as far as this is known without a call.
    ///
    /// # Errors
    ///
    /// Where the certificate of one of them could not be verified, whatever it is.
    pub(crate) fn check<'a>(
        &self,
        providers: impl IntoIterator<Item = &'a dyn Provider>,
    ) -> Result<(), StartupError> {
        let is_far =
            |it: &&dyn Provider| !Endpoint::new(it.issuer()).is_ok_and(|at| at.is_loopback());
        match providers.into_iter().find(is_far) {
            Some(provider) if !self.has_authorities => Err(StartupError::setting(format!(
                "the provider `{}` cannot be called: the system has no certificates of authorities; \
                 install `ca-certificates`, or name a PEM file by the variable `SSL_CERT_FILE`",
                provider.name()
            ))),
            _ => Ok(()),
        }
    }

    /// The source of time for providers that have none of their own. Default: [`SystemClock`]; that of
    /// the application where it calls.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// What is at `from`, as JSON, for the bearer of `token`.
    ///
    /// # Errors
    ///
    /// Where it does not answer, or not with that.
    pub async fn get<T: DeserializeOwned>(
        &self,
        from: &Endpoint,
        token: Option<&str>,
    ) -> Result<T, ProviderError> {
        let mut request = Request::builder().method(Method::GET);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, secret(&format!("Bearer {token}"))?);
        }
        read(&self.call(from, request, Bytes::new(), MAX_BODY).await?.0)
    }

    /// A document that may be kept for a while: how long, in the words of its server.
    pub(super) async fn document<T: DeserializeOwned>(
        &self,
        from: &Endpoint,
    ) -> Result<(T, Option<Duration>), ProviderError> {
        let request = Request::builder().method(Method::GET);
        let (body, life) = self.call(from, request, Bytes::new(), MAX_DOCUMENT).await?;
        Ok((read(&body)?, life))
    }

    /// The answer to a form that is posted to `to`, as JSON.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn post<T: DeserializeOwned>(
        &self,
        to: &Endpoint,
        authorization: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Result<T, ProviderError> {
        read(&self.submit(to, authorization, fields).await?)
    }

    /// Posts a form. What is answered need be no JSON.
    pub(super) async fn submit(
        &self,
        to: &Endpoint,
        authorization: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::builder()
            .method(Method::POST)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, secret(authorization)?);
        }
        Ok(self.call(to, request, form.into(), MAX_BODY).await?.0)
    }

    async fn call(
        &self,
        at: &Endpoint,
        request: Builder,
        body: Bytes,
        most: usize,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<Duration>), ProviderError> {
        let authority = at.uri().authority().map_or("", |authority| authority.as_str());
        let path = at.uri().path_and_query().map_or("/", |path| path.as_str());
        let request = request
            .uri(path)
            .header(HOST, authority)
            .header(USER_AGENT, USER)
            .header(ACCEPT, "application/json")
            .body(Full::new(body))
            .map_err(|_| Fault::Address)?;
        let answer = within(CALL, async {
            let connected = within(CONNECT, self.connect(at)).await?;
            match connected {
                Stream::Plain(stream) => exchange(stream, request, most).await,
                Stream::Encrypted(stream) => exchange(*stream, request, most).await,
            }
        });
        answer.await
    }

    async fn connect(&self, to: &Endpoint) -> Result<Stream, ProviderError> {
        let stream = TcpStream::connect((to.host(), to.port())).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        // A name may lead here, too.
        let peer = stream.peer_addr().map_err(unreachable)?;
        if is_here(peer.ip()) && !to.is_loopback() {
            return Err(Fault::Address.into());
        }
        if !to.is_encrypted() {
            return Ok(Stream::Plain(TokioIo::new(stream)));
        }
        let name = ServerName::try_from(to.host().to_owned()).map_err(|_| Fault::Address)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.map_err(unreachable)?;
        Ok(Stream::Encrypted(Box::new(TokioIo::new(stream))))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http(..)")
    }
}

enum Stream {
    Plain(TokioIo<TcpStream>),
    Encrypted(Box<TokioIo<tokio_rustls::client::TlsStream<TcpStream>>>),
}

/// One request and its answer on a connection, which ends with it.
async fn exchange(
    stream: impl Read + Write + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<(Zeroizing<Vec<u8>>, Option<Duration>), ProviderError> {
    let (mut sender, connection) = http1::handshake(stream).await.map_err(unreachable)?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // What fails on it fails for the request, too.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await.map_err(unreachable)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => return Err(Fault::Withheld.into()),
        status @ StatusCode::BAD_REQUEST => {
            let refused = ProviderError::refused(status);
            let said = body(response, most).await.and_then(|said| read::<Refusal>(&said));
            return Err(match said {
                Ok(said) => refused.with_error(&said.error),
                Err(_) => refused,
            });
        }
        status => return Err(ProviderError::refused(status)),
    }
    let max_age = response.headers().get(CACHE_CONTROL).and_then(max_age);
    Ok((body(response, most).await?, max_age))
}

/// What a token endpoint answers where it refuses (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Refusal {
    error: Value,
}

async fn body(
    response: Response<Incoming>,
    most: usize,
) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    let body = Limited::new(response.into_body(), most).collect().await;
    let body = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => Fault::TooLarge.into(),
        false => ProviderError::new(Fault::Unreachable, error),
    })?;
    Ok(Zeroizing::new(body.to_bytes().to_vec()))
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    // The error of serde shows what it could not read.
    serde_json::from_slice(body).map_err(|_| Fault::Malformed.into())
}

async fn within<T>(
    most: Duration,
    call: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    timeout(most, call).await.unwrap_or_else(|_| Err(Fault::Unreachable.into()))
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::new(Fault::Unreachable, error)
}

fn secret(value: &str) -> Result<HeaderValue, ProviderError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| Fault::Malformed)?;
    value.set_sensitive(true);
    Ok(value)
}

fn max_age(header: &HeaderValue) -> Option<Duration> {
    let directives = header.to_str().ok()?.split(',');
    let seconds = directives.filter_map(|it| it.trim().strip_prefix("max-age=")).next()?;
    seconds.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Oidc;

    #[test]
    fn without_authorities_only_a_provider_on_this_machine_is_mounted() {
        let without = Http::trusting(RootCertStore::empty()).expect("a client");
        let here = Oidc::new("here", "http://127.0.0.1:8080", "shop").expect("a provider");
        let far = Oidc::new("far", "https://sso.example.com", "shop").expect("a provider");
        without.check([&here as &dyn Provider]).expect("no certificate is needed");
        let refused = without.check([&here as &dyn Provider, &far]).expect_err("refused");
        let said = refused.to_string();
        assert!(said.contains("`far`") && said.contains("install `ca-certificates`"), "{said}");

        let with = Http { has_authorities: true, ..without };
        with.check([&here as &dyn Provider, &far]).expect("certificates can be verified");
    }

    #[test]
    fn a_server_says_how_long_its_answer_lives() {
        for (header, seconds) in [
            ("max-age=60", Some(60)),
            ("public, max-age=60, must-revalidate", Some(60)),
            ("no-store", None),
            ("max-age=-1", None),
            ("s-maxage=60", None),
        ] {
            let said = max_age(&HeaderValue::from_static(header));
            assert_eq!(said, seconds.map(Duration::from_secs), "{header}");
        }
    }
}
