use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Ended;
#[cfg(doc)]
use super::LongLived;

/// A stream that ends with its connection. Made by [`LongLived::stream`].
pub struct LongLivedStream<St> {
    pub(super) inner: Pin<Box<St>>,
    pub(super) ended: Pin<Box<dyn Future<Output = Ended> + Send>>,
    pub(super) is_over: bool,
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
