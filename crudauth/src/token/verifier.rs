//! The verifier for other services.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;

use super::claims::AccessClaims;
use super::codec::{Realm, genuine};
use super::error::TokenError;
use super::jwks::Jwks;
use super::jws::Unverified;
use super::key::VerifyingKey;
use crate::clock::{Clock, SystemClock};

/// The length of every key id: a SHA-256 thumbprint in base64url.
const KEY_ID: usize = 43;

/// Verifies access tokens in another service, which shares no secret and no database with the
/// application: all it needs is the address of the application's `/.well-known/jwks.json`.
///
/// It refuses tokens that are expired (without leeway), that are refresh tokens, or that are for
/// another audience. It knows nothing of users: a token of a user who has been disabled since, or
/// who has changed the password, is accepted until it expires.
///
/// Keys are fetched when the first token comes, when they are older than ten minutes, and when a
/// token names a key that is not among them; never more often than once in the cool-down. While
/// the address does not answer, the keys that are known stay in use.
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
    realm: Realm,
    clock: Arc<dyn Clock>,
    cool_down: Duration,
    max_age: Duration,
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
            realm: Realm::default(),
            clock: Arc::new(SystemClock),
            cool_down: Duration::from_secs(30),
            max_age: Duration::from_secs(10 * 60),
            keys: RwLock::new(None),
            fetching: Mutex::default(),
        }
    }

    /// The audience that tokens must have: what the application has in
    /// [`BearerConfig::audience`](crate::BearerConfig::audience). Default: they must have none.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.realm.audience = Some(audience.into());
        self
    }

    /// The issuer that tokens must have. Default: any.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.realm.issuer = Some(issuer.into());
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

    /// The source of time. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Verifies an access token: what stands behind `Bearer` in the `Authorization` header.
    ///
    /// # Errors
    ///
    /// Where the token has expired or is not valid, and where the keys have never been fetched.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let token = Unverified::parse(token)?;
        let key = self.key(token.key_id()).await?;
        let claims = genuine::<AccessClaims>((token, &key), &self.realm)?;
        Ok(claims.alive(self.clock.now_ms() / 1000)?)
    }

    async fn key(&self, id: &str) -> Result<VerifyingKey, VerifyError> {
        if id.len() != KEY_ID {
            return Err(VerifyError::Invalid);
        }
        if let Some(key) = self.fresh_key(id) {
            return Ok(key);
        }
        self.fetch_unless_known(id).await?;
        let key = self.known().and_then(|fetched| fetched.keys.find(id).cloned());
        key.ok_or(VerifyError::Invalid)
    }

    fn fresh_key(&self, id: &str) -> Option<VerifyingKey> {
        let known = self.known()?;
        let age = Duration::from_millis(self.clock.now_ms().saturating_sub(known.at));
        (age < self.max_age).then(|| known.keys.find(id).cloned())?
    }

    /// Fetches the keys, at most once in the cool-down. A failure is an error only while there
    /// are no keys at all.
    async fn fetch_unless_known(&self, id: &str) -> Result<(), VerifyError> {
        let mut attempts = self.fetching.lock().await;
        if self.fresh_key(id).is_some() {
            return Ok(());
        }
        let now = self.clock.now_ms();
        let since = attempts.last.map(|last| Duration::from_millis(now.saturating_sub(last)));
        if since.is_none_or(|since| since >= self.cool_down) {
            attempts.last = Some(now);
            attempts.failed = None;
            match self.source.fetch().await {
                Ok(keys) => self.learn(Fetched { keys, at: now }),
                Err(error) => {
                    tracing::warn!(%error, "the keys of a token issuer could not be fetched");
                    attempts.failed = Some(Arc::new(error));
                }
            }
        }
        match (self.known(), &attempts.failed) {
            (None, Some(error)) => Err(VerifyError::Unavailable(Arc::clone(error))),
            _ => Ok(()),
        }
    }

    fn known(&self) -> Option<Arc<Fetched>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, fetched: Fetched) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(fetched));
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier").field("realm", &self.realm).finish_non_exhaustive()
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
#[derive(Debug)]
pub struct JwksError(Box<dyn Error + Send + Sync>);

impl JwksError {
    /// Wraps the error of the client.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys could not be fetched: {}", self.0)
    }
}

impl Error for JwksError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// Why [`TokenVerifier::verify`] did not accept a token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is genuine, and its time is over: 401.
    Expired,
    /// The token is not one for this service: 401.
    Invalid,
    /// Nothing can be said, as there are no keys yet: 503.
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

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => TokenError::Expired.fmt(f),
            Self::Invalid => TokenError::Invalid.fmt(f),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl Error for VerifyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(error) => Some(&**error),
            Self::Expired | Self::Invalid => None,
        }
    }
}

#[cfg(feature = "jwks-reqwest")]
mod http {
    use std::time::Duration;

    use reqwest::redirect::Policy;
    use reqwest::{Client, IntoUrl, Url};

    use super::{JwksError, JwksFuture, JwksSource};

    /// The keys at an address, by `reqwest`.
    ///
    /// No redirect is followed; an answer has five seconds and 64 KiB. For `https` the build
    /// needs one of the TLS features of `reqwest`.
    #[derive(Debug, Clone)]
    pub struct HttpJwks {
        client: Client,
        url: Url,
    }

    impl HttpJwks {
        const MOST_BYTES: usize = 64 * 1024;

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
                .map_err(JwksError::new)?;
            Self::with_client(client, url)
        }

        /// The keys at `url`, by a client with a proxy, certificates or limits of its own.
        ///
        /// # Errors
        ///
        /// Where `url` is no URL.
        pub fn with_client(client: Client, url: impl IntoUrl) -> Result<Self, JwksError> {
            Ok(Self { client, url: url.into_url().map_err(JwksError::new)? })
        }
    }

    impl JwksSource for HttpJwks {
        fn fetch(&self) -> JwksFuture<'_> {
            Box::pin(async {
                let mut response =
                    self.client.get(self.url.clone()).send().await.map_err(JwksError::new)?;
                if response.status() != 200 {
                    return Err(JwksError::new(format!("status {}", response.status())));
                }
                let mut body = Vec::new();
                while let Some(chunk) = response.chunk().await.map_err(JwksError::new)? {
                    if body.len() + chunk.len() > Self::MOST_BYTES {
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
