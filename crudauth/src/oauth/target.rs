//! Where a browser is sent.

use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use crate::error::{Rejection, RejectionKind};

/// Sends the browser there by a `GET`, or by what it has asked by.
pub(super) fn redirect(status: StatusCode, to: &str) -> Result<Response, Rejection> {
    let location = HeaderValue::from_str(to).map_err(|_| RejectionKind::Internal)?;
    Ok((status, [(LOCATION, location)]).into_response())
}

/// The target with a parameter more, before its fragment. The value is of characters that stand for
/// themselves in a query.
pub(super) fn with_parameter(target: &str, name: &str, value: &str) -> String {
    let (page, fragment) = match target.split_once('#') {
        Some((page, fragment)) => (page, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{name}={value}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::with_parameter;

    #[test]
    fn a_parameter_stands_in_the_query() {
        for (target, with) in [
            ("/", "/?error=x"),
            ("/a?b=c", "/a?b=c&error=x"),
            ("/a#top", "/a?error=x#top"),
            ("/a?b#top", "/a?b&error=x#top"),
            ("com.example.app:/done", "com.example.app:/done?error=x"),
        ] {
            assert_eq!(with_parameter(target, "error", "x"), with);
        }
    }
}
