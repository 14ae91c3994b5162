//! What the answer to a request must say, noted while the request runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::header::CACHE_CONTROL;
use axum::http::{Extensions, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// What an extractor finds out and only a layer around the route can say: an extractor has no
/// answer to write to. The outermost layer of crudauth's puts this into the extensions of the
/// request, and writes down in the answer what was noted.
///
/// Where no such layer is, [`of`](Self::of) finds nothing, and nothing is said.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswerNotes(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    private: bool,
}

impl AnswerNotes {
    /// The notes of a request that comes through such a layer.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Somebody was recognised, so that the answer is for nobody else: no cache keeps it, unless
    /// the handler says how one may.
    pub(crate) fn keep_private(&self) {
        self.lock().private = true;
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, response: &mut Response) {
        let Noted { private } = std::mem::take(&mut *self.lock());
        let headers = response.headers_mut();
        if private && !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// The layer: runs the request, and says in the answer what was noted. Inside another such layer
/// it leaves that to the outer one.
pub(crate) async fn write_notes(mut request: Request, next: Next) -> Response {
    if AnswerNotes::of(request.extensions()).is_some() {
        return next.run(request).await;
    }
    let notes = AnswerNotes::default();
    request.extensions_mut().insert(notes.clone());
    let mut response = next.run(request).await;
    notes.write(&mut response);
    response
}
