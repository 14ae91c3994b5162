//! Connections that stay open: WebSockets and event streams.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::FromRequestParts;
use futures_core::Stream;
use http::request::Parts;
use tokio::time::{Instant, sleep_until};

use super::{AuthState, CrudAuth};
use crate::background::unless as first;
use crate::clock::Clock;
use crate::error::{Mistakes, Rejection};
use crate::event::{LogSafe, News};
use crate::principal::{Authorized, Gate, Principal, RequestGate};
use crate::user::AuthUser;

/// How long a connection may stay open, and how often it is asked for.
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectionConfig {
    check_every: Duration,
    longest: Duration,
}

impl Default for ConnectionConfig {
    /// Every 30 seconds, and for 12 hours at most.
    fn default() -> Self {
        Self { check_every: Duration::from_secs(30), longest: Duration::from_secs(12 * 60 * 60) }
    }
}

impl ConnectionConfig {
    /// How often the store is asked whether the one who opened a connection may still have it. What
    /// happens to a user in this process is noticed at once; this is for what other processes and
    /// the application's own SQL do. Each time is one read. Default: 30 seconds.
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.check_every = interval;
        self
    }

    /// How long a connection stays open at most, whoever has it. Default: 12 hours.
    pub fn longest(mut self, life: Duration) -> Self {
        self.longest = life;
        self
    }

    pub(super) fn check(&self, mistakes: &mut Mistakes) {
        for (setting, value) in [("check_every", self.check_every), ("longest", self.longest)] {
            if value.is_zero() {
                mistakes.add(format!(
                    "no connection would stay open with `ConnectionConfig::{setting}` at zero: \
                     raise it"
                ));
            }
        }
    }
}

/// What [`LongLived`] can hold: [`Principal`] and [`Authorized`].
pub trait ForConnections: Sized {
    /// Whose principal it is.
    type User: AuthUser;

    #[doc(hidden)]
    fn user(&self) -> &Self::User;
}

impl<U: AuthUser, G: Gate<U>> ForConnections for Principal<U, G> {
    type User = U;

    fn user(&self) -> &U {
        &self.user
    }
}

impl<U: AuthUser, R: RequestGate<U>, G: Gate<U>> ForConnections for Authorized<U, R, G> {
    type User = U;

    fn user(&self) -> &U {
        &self.user
    }
}

type Look = Pin<Box<dyn Future<Output = Result<(), Rejection>> + Send>>;

/// What is waited for after a time that no clock can add.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A principal whose connection stays open: the argument of a handler that opens a WebSocket or an
/// event stream. It is extracted as `P` is, [`Principal`] or [`Authorized`], and then says when the
/// connection has to end.
///
/// It ends when `P` would no longer be extracted from the request that opened it: because the
/// session or the token has ended, the account may not sign in any more, or a gate denies it. What
/// happens in this process is noticed at once, what happens elsewhere
/// [at intervals](ConnectionConfig::check_every). It also ends where that cannot be found out,
/// [at its age](ConnectionConfig::longest), and when the process ends ([`CrudAuth::hang_up`]). Each
/// look counts as activity of the session.
///
/// For a WebSocket, give each wait to [`unless_ended`](Self::unless_ended):
///
/// ```
/// use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
/// use axum::response::Response;
/// use crudauth::{AuthUser, CrudAuth, LongLived, Principal};
///
/// async fn chat<U: AuthUser>(me: LongLived<Principal<U>>, upgrade: WebSocketUpgrade) -> Response
/// # where CrudAuth<U>: axum::extract::FromRef<CrudAuth<U>>
/// {
///     upgrade.on_upgrade(move |socket| talk(socket, me))
/// }
///
/// async fn talk<U: AuthUser>(mut socket: WebSocket, mut me: LongLived<Principal<U>>) {
///     loop {
///         let answer = match me.unless_ended(socket.recv()).await {
///             Ok(Some(Ok(Message::Text(said)))) => Message::Text(said),
///             Ok(_) => return,
///             Err(ended) => {
///                 let (code, reason) = (ended.close_code(), ended.to_string().into());
///                 let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
///                 return;
///             }
///         };
///         if socket.send(answer).await.is_err() {
///             return;
///         }
///     }
/// }
/// # fn routes<U: AuthUser>() -> axum::Router<CrudAuth<U>> {
/// #     axum::Router::new().route("/chat", axum::routing::any(chat::<U>))
/// # }
/// ```
///
/// An event stream is wrapped by [`stream`](Self::stream).
pub struct LongLived<P> {
    principal: P,
    life: Life,
}

struct Life {
    ask: Box<dyn Fn() -> Look + Send + Sync>,
    /// One that has begun, so that who stops waiting does not lose it.
    look: Option<Look>,
    next_look: Instant,
    news: News,
    clock: Arc<dyn Clock>,
    /// In milliseconds since the Unix epoch.
    ends_at: u64,
    check_every: Duration,
    ended: Option<Ended>,
}

/// Why a connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Its session or token has ended, or a gate denies it.
    NoLongerAllowed,
    /// It is as old as a connection may be.
    TooOld,
    /// Whether it may stay could not be found out.
    Unknown,
    /// The process ends.
    GoingAway,
}

impl Ended {
    /// The code of the close frame of a WebSocket (RFC 6455 §7.4.1): 1008 for what is not allowed,
    /// 1001 for what goes away, 1011 for what could not be found out.
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::NoLongerAllowed => 1008,
            Self::TooOld | Self::GoingAway => 1001,
            Self::Unknown => 1011,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLongerAllowed => "signed out",
            Self::TooOld => "open for too long",
            Self::Unknown => "internal error",
            Self::GoingAway => "going away",
        })
    }
}

impl Error for Ended {}

impl<S, P> FromRequestParts<S> for LongLived<P>
where
    P: ForConnections + FromRequestParts<S, Rejection = Rejection> + Send + 'static,
    S: AuthState<P::User> + Clone + Send + Sync + 'static,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let auth = state.auth();
        let principal = P::from_request_parts(parts, state).await?;
        let core = auth.inner.core();
        let mut handshake = parts.clone();
        auth.inner.app.authenticator.forget(&mut handshake);
        let state = state.clone();
        let config = &auth.inner.connections;
        let longest = u64::try_from(config.longest.as_millis()).unwrap_or(u64::MAX);
        let life = Life {
            ask: Box::new(move || {
                let (mut parts, state) = (handshake.clone(), state.clone());
                Box::pin(async move { P::from_request_parts(&mut parts, &state).await.map(drop) })
            }),
            look: None,
            // At once, since what has happened meanwhile was told to nobody.
            next_look: Instant::now(),
            news: core.events.news_of(&LogSafe::from_display(principal.user().id())),
            clock: Arc::clone(&core.clock),
            ends_at: core.clock.now_ms().saturating_add(longest),
            check_every: config.check_every,
            ended: None,
        };
        Ok(Self { principal, life })
    }
}

impl<P> LongLived<P> {
    /// What `work` gives, unless the connection has to end before.
    ///
    /// # Errors
    ///
    /// Why it has to end. `work` is dropped then. From then on the answer is always this.
    pub async fn unless_ended<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        let mut why = Ended::NoLongerAllowed;
        let ended = async { why = self.life.ended().await };
        match first(ended, work).await {
            Some(done) => Ok(done),
            None => Err(why),
        }
    }

    /// Waits until the connection has to end, and says why.
    pub async fn ended(&mut self) -> Ended {
        self.life.ended().await
    }

    /// `inner`, which ends with the connection: for an event stream. A browser then asks again, and
    /// is answered as any request.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use axum::response::Sse;
    /// use axum::response::sse::Event;
    /// use crudauth::{AuthUser, LongLived, LongLivedStream, Principal};
    /// use futures_core::Stream;
    ///
    /// # fn news() -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static { tokio_stream() }
    /// # fn tokio_stream() -> Empty { Empty }
    /// # struct Empty;
    /// # impl Stream for Empty {
    /// #     type Item = Result<Event, Infallible>;
    /// #     fn poll_next(
    /// #         self: std::pin::Pin<&mut Self>,
    /// #         _: &mut std::task::Context<'_>,
    /// #     ) -> std::task::Poll<Option<Self::Item>> { std::task::Poll::Ready(None) }
    /// # }
    /// async fn events<U: AuthUser>(
    ///     me: LongLived<Principal<U>>,
    /// ) -> Sse<LongLivedStream<impl Stream<Item = Result<Event, Infallible>>>> {
    ///     Sse::new(me.stream(news()))
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = events::<U>; }
    /// ```
    pub fn stream<St: Stream + Send + 'static>(self, inner: St) -> LongLivedStream<St>
    where
        P: Send + 'static,
    {
        let Self { mut life, .. } = self;
        let ended = Box::pin(async move { life.ended().await });
        LongLivedStream { inner: Box::pin(inner), ended, is_over: false }
    }
}

impl<P> Deref for LongLived<P> {
    type Target = P;

    /// The principal as it was when the connection began.
    fn deref(&self) -> &P {
        &self.principal
    }
}

impl<P: fmt::Debug> fmt::Debug for LongLived<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LongLived").field(&self.principal).finish()
    }
}

impl Life {
    /// Waits for the end. It may be dropped and called again.
    async fn ended(&mut self) -> Ended {
        let ended = match self.ended {
            Some(ended) => ended,
            None => self.live().await,
        };
        self.ended = Some(ended);
        ended
    }

    async fn live(&mut self) -> Ended {
        loop {
            let left = self.ends_at.saturating_sub(self.clock.now_ms());
            if left == 0 {
                return Ended::TooOld;
            }
            if self.look.is_none() {
                let now = Instant::now();
                let at_its_age = now.checked_add(Duration::from_millis(left));
                let wake = at_its_age.map_or(self.next_look, |end| end.min(self.next_look));
                let (over, news) = (self.news.end(), self.news.next());
                let woken = first(over, first(sleep_until(wake), news));
                if woken.await.is_none() {
                    return Ended::GoingAway;
                }
            }
            let look = self.look.get_or_insert_with(&self.ask);
            let Some(found) = first(self.news.end(), look).await else {
                return Ended::GoingAway;
            };
            self.look = None;
            let now = Instant::now();
            self.next_look = now.checked_add(self.check_every).unwrap_or(now + A_DAY);
            match found {
                Ok(()) => {}
                Err(refusal) if refusal.status().is_server_error() => return Ended::Unknown,
                Err(_) => return Ended::NoLongerAllowed,
            }
        }
    }
}

/// A stream that ends with its connection. Made by [`LongLived::stream`].
pub struct LongLivedStream<St> {
    inner: Pin<Box<St>>,
    ended: Pin<Box<dyn Future<Output = Ended> + Send>>,
    is_over: bool,
}

impl<St: Stream> Stream for LongLivedStream<St> {
    type Item = St::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<St::Item>> {
        if self.is_over || self.ended.as_mut().poll(context).is_ready() {
            self.is_over = true;
            return Poll::Ready(None);
        }
        self.inner.as_mut().poll_next(context)
    }
}

impl<St> fmt::Debug for LongLivedStream<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongLivedStream").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

impl<U: AuthUser> CrudAuth<U> {
    /// Has every connection end that a [`LongLived`] watches over, and those that come later at
    /// once. Call it when the process is asked to stop: a server that waits for its answers to end
    /// would wait for event streams for ever. [`shutdown`](Self::shutdown) does it too.
    pub fn hang_up(&self) {
        self.inner.core().events.end_news();
    }

    /// How many connections a [`LongLived`] watches over in this process.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.inner.core().events.listeners()
    }
}
