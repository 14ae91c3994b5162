//! Connections that stay open: WebSockets and event streams.

mod config;
mod ended;
mod life;
mod stream;

pub use self::config::ConnectionConfig;
pub use self::ended::Ended;
use self::life::Life;
pub use self::stream::LongLivedStream;

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::extract::FromRequestParts;
use futures_core::Stream;
use http::request::Parts;
use tokio::time::Instant;

use super::{AuthState, CrudAuth};
use crate::error::Rejection;
use crate::event::LogSafe;
use crate::principal::{Authorized, Gate, GateState, Principal, RequestGate};
use crate::user::AuthUser;

/// What [`LongLived`] can hold: [`Principal`] and [`Authorized`].
#[diagnostic::on_unimplemented(
    message = "`LongLived` cannot hold `{Self}`",
    label = "holds a `Principal<..>` or an `Authorized<..>`"
)]
pub trait ForConnections<S>: FromRequestParts<S, Rejection = Rejection> {
    /// Whose principal it is.
    type User: AuthUser;

    #[doc(hidden)]
    fn user(&self) -> &Self::User;
}

#[diagnostic::do_not_recommend]
impl<S, U, G> ForConnections<S> for Principal<U, G>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
    G: Gate<U>,
{
    type User = U;

    fn user(&self) -> &U {
        &self.user
    }
}

#[diagnostic::do_not_recommend]
impl<S, U, R, G> ForConnections<S> for Authorized<U, R, G>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
    R: RequestGate<U, State: GateState<S>>,
    G: Gate<U>,
{
    type User = U;

    fn user(&self) -> &U {
        &self.user
    }
}

/// A principal whose connection stays open: the argument of a handler that opens a WebSocket or an
/// event stream. It is extracted as `P` is, [`Principal`] or [`Authorized`], and then says when the
/// connection has to end.
///
/// It ends when `P` would no longer be extracted from the request that opened it: because the
/// session or the token has ended, the account may not sign in any more, or a gate denies it. What
/// happens in this process is noticed within a second, what happens elsewhere
/// [at intervals](ConnectionConfig::check_every). It also ends where that cannot be found out,
/// [at its age](ConnectionConfig::longest), and when the process ends ([`CrudAuth::hang_up`]). Each
/// look counts as activity of the session.
///
/// For a WebSocket, give each wait to [`unless_ended`](Self::unless_ended):
///
/// ```
/// use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
/// use axum::response::Response;
/// use crudauth::{AuthUser, LongLived, Principal};
///
/// async fn chat<U: AuthUser>(me: LongLived<Principal<U>>, upgrade: WebSocketUpgrade) -> Response {
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
/// # fn ignore<U: AuthUser>() { let _ = chat::<U>; }
/// ```
///
/// An event stream is wrapped by [`stream`](Self::stream).
pub struct LongLived<P> {
    principal: P,
    life: Life,
}

impl<S, P> FromRequestParts<S> for LongLived<P>
where
    P: ForConnections<S> + Send + 'static,
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
            is_told: false,
            quiet_until: Instant::now(),
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
        let (mut ended, mut work) = (pin!(self.life.ended()), pin!(work));
        // The end is asked first: work that is always done at once, as the next message is where a
        // client sends them without a pause, would otherwise keep it from being noticed.
        poll_fn(|context| match ended.as_mut().poll(context) {
            Poll::Ready(why) => Poll::Ready(Err(why)),
            Poll::Pending => work.as_mut().poll(context).map(Ok),
        })
        .await
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
