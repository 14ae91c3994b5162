//! Who waits for news of a user, within this process.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Connections that stay open, by the user whose they are. Every event about a user is news for
/// them: what it means, they ask the store.
#[derive(Default)]
pub(super) struct Watchers {
    /// So that an event costs nothing where nobody waits.
    waiting: AtomicUsize,
    by_user: Mutex<HashMap<String, watch::Sender<()>>>,
    all: watch::Sender<bool>,
}

impl Watchers {
    fn by_user(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, user: Option<&str>) {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return;
        }
        if let Some(watched) = user.and_then(|user| self.by_user().get(user).cloned()) {
            watched.send_replace(());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Tells everybody that nothing comes any more.
    pub(super) fn end(&self) {
        self.all.send_replace(true);
    }
}

/// News of one user, from its making on.
pub(crate) struct News {
    user: String,
    /// `None` while it is dropped.
    news: Option<watch::Receiver<()>>,
    end: watch::Receiver<bool>,
    watchers: Arc<Watchers>,
}

impl News {
    pub(super) fn of(user: &str, watchers: &Arc<Watchers>) -> Self {
        watchers.waiting.fetch_add(1, Ordering::AcqRel);
        // Under the lock, so that nobody who goes takes the sender away in between.
        let news = Some(watchers.by_user().entry(user.to_owned()).or_default().subscribe());
        let end = watchers.all.subscribe();
        Self { user: user.to_owned(), news, end, watchers: Arc::clone(watchers) }
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) {
        let told = match &mut self.news {
            Some(news) => news.changed().await.is_ok(),
            None => false,
        };
        if !told {
            // The sender lasts as long as this. If it did not, there would be no news.
            pending::<()>().await;
        }
    }

    /// Waits until nothing comes any more.
    pub(crate) fn end(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut end = self.end.clone();
        async move {
            let _ = end.wait_for(|is_over| *is_over).await;
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.watchers.waiting.fetch_sub(1, Ordering::AcqRel);
        let mut by_user = self.watchers.by_user();
        self.news = None;
        if by_user.get(&self.user).is_some_and(|sender| sender.receiver_count() == 0) {
            by_user.remove(&self.user);
        }
    }
}

impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("News")
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn is_there(news: impl Future<Output = ()>) -> bool {
        pin!(news).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn news_reach_those_who_wait_for_that_user_and_nobody_stays_noted() {
        let watchers = Arc::new(Watchers::default());
        let (mut ada, mut ada_too) = (News::of("1", &watchers), News::of("1", &watchers));
        let mut eve = News::of("2", &watchers);
        watchers.tell(Some("1"));
        watchers.tell(None);
        assert!(is_there(ada.next()) && is_there(ada_too.next()) && !is_there(eve.next()));
        assert!(!is_there(ada.next()), "told once");
        drop(ada);
        watchers.tell(Some("1"));
        assert!(is_there(ada_too.next()), "another one of the same user is still there");
        watchers.end();
        assert!(is_there(ada_too.end()) && is_there(eve.end()));
        drop((ada_too, eve));
        assert!(watchers.by_user().is_empty());
        assert_eq!(watchers.waiting.load(Ordering::SeqCst), 0);
    }
}
