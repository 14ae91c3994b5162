//! Which requests ask for a page.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

/// Whether the request is that of a browser that asks for a page, which its `Accept: text/html` says.
pub(crate) fn asks_for_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(accepts_html)
}

/// Whether `text/html` is named, as browsers do where they ask for a page. A script that takes
/// anything (`*/*`) is no browser.
fn accepts_html(accept: &HeaderValue) -> bool {
    let Ok(accept) = accept.to_str() else { return false };
    accept.split(',').any(|range| {
        let mut parameters = range.split(';').map(str::trim);
        let is_html = parameters.next().is_some_and(|it| it.eq_ignore_ascii_case("text/html"));
        is_html && !parameters.any(|it| matches!(it, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_that_asks_for_a_page_accepts_html() {
        for (accept, expected) in [
            ("text/html", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, TEXT/HTML;q=0.1", true),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
            ("application/json, text/plain, */*", false),
            ("text/html;q=0", false),
            ("text/htmlx", false),
            ("", false),
        ] {
            assert_eq!(accepts_html(&HeaderValue::from_static(accept)), expected, "{accept}");
        }
    }
}
