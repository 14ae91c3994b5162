//! A layer that makes refusals pages, for browsers.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, VARY};
use tower_layer::Layer;

use super::guard::{Guard, Guarded};
use crate::error::Rejection;
use crate::http::asks_for_page;

/// A layer that answers a browser with a page of the application where crudauth refuses its request:
/// a browser that asks for a page says so by `Accept: text/html`. The page is drawn from the
/// refusal. The status stays, and so do the headers, such as `Retry-After` and `Set-Cookie`, and
/// the line in the log. Whatever is no browser reads JSON as before, and what is no [`Rejection`]
/// stays as it is.
///
/// ```
/// use axum::Router;
/// use axum::response::Html;
/// use crudauth::{AuthUser, CrudAuth, ErrorPages, Rejection};
///
/// fn page(refused: &Rejection) -> Html<String> {
///     Html(format!("<h1>{}</h1><p>{}</p>", refused.status(), refused.detail()))
/// }
///
/// fn app<U: AuthUser>(auth: &CrudAuth<U>, pages: Router) -> Router {
///     pages.merge(auth.router()).layer(ErrorPages::new(page)) // outermost
/// }
/// ```
///
/// [`Rejection::detail`] may have a text of the application or of a sender: let the template escape
/// it. A handler that draws its own page, such as the form again with the mistakes in it, takes what
/// it extracts as a `Result` and answers by [`Rejection::into_page`].
#[derive(Clone)]
pub struct ErrorPages {
    draw: Arc<dyn Fn(&Rejection) -> Response + Send + Sync>,
}

impl ErrorPages {
    /// Pages that `draw` makes. Of its answer the body counts, and headers that the refusal does not
    /// have.
    pub fn new<F, P>(draw: F) -> Self
    where
        F: Fn(&Rejection) -> P + Send + Sync + 'static,
        P: IntoResponse,
    {
        Self { draw: Arc::new(move |refused| draw(refused).into_response()) }
    }

    fn page(&self, refused: &Rejection, answer: Response) -> Response {
        let (mut head, _) = answer.into_parts();
        let (page, body): (_, Body) = (self.draw)(refused).into_parts();
        head.headers.remove(CONTENT_TYPE);
        head.headers.remove(CONTENT_LENGTH);
        for name in page.headers.keys().filter(|name| *name != CONTENT_LENGTH) {
            if !head.headers.contains_key(name) {
                for value in page.headers.get_all(name) {
                    head.headers.append(name, value.clone());
                }
            }
        }
        head.headers.append(VARY, HeaderValue::from_static("accept"));
        Response::from_parts(head, body)
    }
}

impl Guard for ErrorPages {
    /// Whether a browser asks for a page.
    type Passed = bool;

    async fn pass(&self, request: Request) -> Result<(Request, bool), Response> {
        let is_page = asks_for_page(request.headers());
        Ok((request, is_page))
    }

    fn finish(&self, is_page: bool, mut answer: Response) -> Response {
        match answer.extensions_mut().remove::<Rejection>() {
            Some(refused) if is_page => self.page(&refused, answer),
            _ => answer,
        }
    }
}

impl<S> Layer<S> for ErrorPages {
    type Service = Guarded<Self, S>;

    fn layer(&self, inner: S) -> Guarded<Self, S> {
        Guarded::new(self.clone(), inner)
    }
}

impl fmt::Debug for ErrorPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPages").finish_non_exhaustive()
    }
}
