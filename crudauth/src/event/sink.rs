use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use super::Occurrence;
use crate::store::StartupFuture;

/// Where an application wants its security events: a table, a queue, a monitor.
///
/// A sink is called in a task of its own, one event after another, never inside a request. While
/// it is slow, up to 1,024 events about users wait for it, and as many about nobody; those beyond are
/// dropped and [counted](super::Events::dropped). Those about users come first. A sink that panics misses that event and gets the next.
///
/// ```
/// use crudauth::event::{EventSink, Occurrence, SecurityEvent, SinkFuture};
///
/// struct Pager;
///
/// impl EventSink for Pager {
///     fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
///         Box::pin(async move {
///             if let SecurityEvent::SudoLockedOut { user, .. } = &occurrence.event {
///                 page_the_operator(user.as_str()).await;
///             }
///         })
///     }
/// }
/// # async fn page_the_operator(_: &str) {}
/// ```
pub trait EventSink: Send + Sync + 'static {
    /// Makes the sink ready before the first event: the application does not start where it cannot.
    /// Default: it is ready.
    fn open(&self) -> StartupFuture<'_> {
        Box::pin(ready(Ok(())))
    }

    /// Called once the last event was taken, when the application ends
    /// ([`CrudAuth::shutdown`](crate::CrudAuth::shutdown)). Default: nothing happens.
    fn close(&self) -> SinkFuture<'_> {
        Box::pin(ready(()))
    }

    /// Takes one event.
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a>;

    /// Takes several events, in their order. Default: one after another.
    fn record_all<'a>(&'a self, occurrences: &'a [Arc<Occurrence>]) -> SinkFuture<'a> {
        Box::pin(async move {
            for occurrence in occurrences {
                self.record(occurrence).await;
            }
        })
    }

    /// How many events it takes at once by [`record_all`](Self::record_all). A sink that panics
    /// misses all of them. Default: one.
    fn batch(&self) -> usize {
        1
    }
}

/// What [`EventSink::record`] and [`EventSink::close`] return.
pub type SinkFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
