//! The verifier for other services.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;

use super::claims::AccessClaims;
use super::codec::{IssuerAudience, genuine};
use super::error::TokenError;
use super::jwks::Jwks;
use super::jws::Unverified;
use super::key::VerifyingKey;
use crate::chain::chain;
use crate::clock::{Clock, SystemClock};

/// The length of every key id: a SHA-256 thumbprint in base64url.
const KEY_ID: usize = 43;

/// Verifies access tokens in another service, which shares no secret and no database with the
/// application: all it needs is the address of the application's `/.well-known/jwks.json`.
///
/// It refuses tokens that are expired (without leeway), that are refresh tokens, or that are for
/// another audience. It knows nothing of users: if a user is disabled or changes the password,
/// earlier tokens are accepted until they expire.
///
/// Keys are fetched when the first token comes, when they are older than ten minutes, and when a
/// token names a key that is not among them, but at most once in the cool-down. While the address
/// does not answer, the known keys stay in use for a day. After that nothing is accepted: a stolen
/// key may have been revoked since, and an attacker who blocks the address must not keep it in use.
/// A token of an unknown key is [`Unavailable`](VerifyError::Unavailable) while the address does
/// not answer, and not invalid.
///
/// ```no_run
/// crudauth::scopes! {
///     pub ReportsRead = "reports:read";
/// }
///
/// # #[cfg(feature = "jwks-reqwest")]
/// # async fn verify(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use crudauth::token::{HttpJwks, TokenVerifier};
///
/// let keys = HttpJwks::new("https://app.example.com/.well-known/jwks.json")?;
/// let verifier = TokenVerifier::new(keys).audience("reports");
/// let claims = verifier.verify(token).await?;
/// assert!(claims.has_scope::<ReportsRead>());
/// # Ok(())
/// # }
/// ```
pub struct TokenVerifier {
    source: Box<dyn JwksSource>,
    expected: IssuerAudience,
    clock: Arc<dyn Clock>,
    cool_down: Duration,
    max_age: Duration,
    longest_use: Duration,
    keys: RwLock<Option<Arc<Fetched>>>,
    /// Held while keys are fetched, so that parallel tokens cause one request.
    fetching: Mutex<Attempts>,
}

struct Fetched {
    keys: Jwks,
    at: u64,
}

#[derive(Default)]
struct Attempts {
    last: Option<u64>,
    failed: Option<Arc<JwksError>>,
}

impl TokenVerifier {
    /// A verifier of tokens without an audience.
    pub fn new(source: impl JwksSource) -> Self {
        Self {
            source: Box::new(source),
            expected: IssuerAudience::default(),
            clock: Arc::new(SystemClock),
            cool_down: Duration::from_secs(30),
            max_age: Duration::from_secs(10 * 60),
            longest_use: Duration::from_secs(24 * 60 * 60),
            keys: RwLock::new(None),
            fetching: Mutex::default(),
        }
    }

    /// The audience that tokens must have: what the application has in
    /// [`BearerConfig::audience`](crate::BearerConfig::audience). Default: they must have none.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.expected.audience = Some(audience.into());
        self
    }

    /// The issuer that tokens must have. Default: any.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.expected.issuer = Some(issuer.into());
        self
    }

    /// The least time between two requests for the keys. Default: 30 seconds.
    #[must_use]
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.cool_down = cool_down;
        self
    }

    /// The age at which keys are fetched anew, so that one that was taken back is forgotten.
    /// Default: ten minutes.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// How long after they were fetched keys are used, should their source not answer since. Then
    /// [`verify`](Self::verify) accepts nothing until it does. Default: 24 hours.
    #[must_use]
    pub fn longest_use(mut self, longest_use: Duration) -> Self {
        self.longest_use = longest_use;
        self
    }

    /// The source of time. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Verifies an access token, the text after `Bearer` in the `Authorization` header.
    ///
    /// # Errors
    ///
    /// If the token is invalid or has expired. Also if its key is unknown, or known for
    /// [too long](Self::longest_use), and the keys cannot be fetched.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let token = Unverified::parse(token)?;
        let key = self.key(token.key_id()).await?;
        let claims = genuine::<AccessClaims>((token, &key), &self.expected)?;
        Ok(claims.alive(self.clock.now_ms() / 1000)?)
    }

    async fn key(&self, id: &str) -> Result<VerifyingKey, VerifyError> {
        if id.len() != KEY_ID {
            return Err(VerifyError::Invalid);
        }
        if let Some(key) = self.fresh_key(id) {
            return Ok(key);
        }
        self.fetch_for(id).await
    }

    fn fresh_key(&self, id: &str) -> Option<VerifyingKey> {
        self.key_younger_than(self.max_age, id)
    }

    fn key_younger_than(&self, age: Duration, id: &str) -> Option<VerifyingKey> {
        self.known_for_less_than(age)?.keys.find(id).cloned()
    }

    /// The key `id`, for which the keys are fetched, at most once in the cool-down.
    async fn fetch_for(&self, id: &str) -> Result<VerifyingKey, VerifyError> {
        let mut attempts = self.fetching.lock().await;
        if let Some(key) = self.fresh_key(id) {
            return Ok(key);
        }
        let now = self.clock.now_ms();
        let since = attempts.last.map(|last| Duration::from_millis(now.saturating_sub(last)));
        let has_none = || self.known_for_less_than(self.longest_use).is_none();
        // A cool-down that is longer than the use of keys must not leave us without any.
        let is_due = since.is_none_or(|since| since >= self.cool_down)
            || (attempts.failed.is_none() && has_none());
        if is_due {
            attempts.last = Some(now);
            attempts.failed = None;
            match self.source.fetch().await {
                Ok(keys) => self.learn(Fetched { keys, at: now }),
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        "the keys of a token issuer could not be fetched"
                    );
                    attempts.failed = Some(Arc::new(error));
                }
            }
        }
        match (self.key_younger_than(self.longest_use, id), &attempts.failed) {
            (Some(key), _) => Ok(key),
            (None, Some(error)) => Err(VerifyError::Unavailable(Arc::clone(error))),
            (None, None) => Err(VerifyError::Invalid),
        }
    }

    fn known_for_less_than(&self, age: Duration) -> Option<Arc<Fetched>> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.clock.now_ms();
        known.filter(|known| Duration::from_millis(now.saturating_sub(known.at)) < age)
    }

    fn learn(&self, fetched: Fetched) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(fetched));
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// Where a [`TokenVerifier`] gets its keys: the port to the network.
///
/// `HttpJwks`, with the feature `jwks-reqwest`, is one. For another HTTP client read the body as
/// [`Jwks`], which is [`serde::Deserialize`]; follow no redirects, and limit size and time.
///
/// ```
/// use crudauth::token::{JwksError, JwksFuture, JwksSource};
///
/// /// The keys as they were when the service was deployed.
/// struct Deployed(&'static str);
///
/// impl JwksSource for Deployed {
///     fn fetch(&self) -> JwksFuture<'_> {
///         Box::pin(async { serde_json::from_str(self.0).map_err(JwksError::new) })
///     }
/// }
/// ```
pub trait JwksSource: Send + Sync + 'static {
    /// Fetches the keys.
    fn fetch(&self) -> JwksFuture<'_>;
}

/// What [`JwksSource::fetch`] returns.
pub type JwksFuture<'a> = Pin<Box<dyn Future<Output = Result<Jwks, JwksError>> + Send + 'a>>;

/// The keys could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the keys could not be fetched")]
pub struct JwksError(#[source] Box<dyn Error + Send + Sync>);

impl JwksError {
    /// Wraps the error of the client.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Why [`TokenVerifier::verify`] did not accept a token.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is genuine and has expired: 401.
    #[error("{}", TokenError::Expired)]
    Expired,
    /// The token is not one for this service: 401.
    #[error("{}", TokenError::Invalid)]
    Invalid,
    /// The key is unknown and the keys cannot be fetched: 503.
    #[error(transparent)]
    Unavailable(Arc<JwksError>),
}

impl From<TokenError> for VerifyError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::Expired,
            TokenError::Invalid => Self::Invalid,
        }
    }
}

#[cfg(feature = "jwks-reqwest")]
mod http {
    use std::fmt;
    use std::time::Duration;

    use reqwest::redirect::Policy;
    use reqwest::{Client, IntoUrl, Url};

    use super::{JwksError, JwksFuture, JwksSource};

    /// The keys at an address, by `reqwest`.
    ///
    /// No redirect is followed; an answer has five seconds and 64 KiB. For `https` the build
    /// needs one of the TLS features of `reqwest`.
    #[derive(Clone)]
    pub struct HttpJwks {
        client: Client,
        url: Url,
    }

    impl HttpJwks {
        const MAX_BYTES: usize = 64 * 1024;

        /// The keys at `url`.
        ///
        /// # Errors
        ///
        /// Where `url` is no URL, or no HTTP client can be made.
        pub fn new(url: impl IntoUrl) -> Result<Self, JwksError> {
            let client = Client::builder()
                .redirect(Policy::none())
                .timeout(Duration::from_secs(5))
                .build()
                .map_err(failed)?;
            Self::with_client(client, url)
        }

        /// The keys at `url`, fetched by a client with other settings, such as a proxy.
        ///
        /// # Errors
        ///
        /// Where `url` is no URL.
        pub fn with_client(client: Client, url: impl IntoUrl) -> Result<Self, JwksError> {
            Ok(Self { client, url: url.into_url().map_err(failed)? })
        }
    }

    /// The URL may have a key in it.
    fn failed(error: reqwest::Error) -> JwksError {
        JwksError::new(error.without_url())
    }

    impl fmt::Debug for HttpJwks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("HttpJwks").field("host", &self.url.host_str()).finish_non_exhaustive()
        }
    }

    impl JwksSource for HttpJwks {
        fn fetch(&self) -> JwksFuture<'_> {
            Box::pin(async {
                let mut response =
                    self.client.get(self.url.clone()).send().await.map_err(failed)?;
                if response.status() != 200 {
                    return Err(JwksError::new(format!("status {}", response.status())));
                }
                let mut body = Vec::new();
                while let Some(chunk) = response.chunk().await.map_err(failed)? {
                    if body.len() + chunk.len() > Self::MAX_BYTES {
                        return Err(JwksError::new("the answer is larger than 64 KiB"));
                    }
                    body.extend_from_slice(&chunk);
                }
                serde_json::from_slice(&body).map_err(JwksError::new)
            })
        }
    }
}

#[cfg(feature = "jwks-reqwest")]
pub use self::http::HttpJwks;
