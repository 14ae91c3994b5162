//! Where a browser goes after it has signed in or out.

use std::fmt;

use axum::response::Redirect;
use http::Uri;
use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};

use super::local_path::is_local_path;

/// Where a browser goes back to after it has signed in or out: a path of the server itself, and
/// nothing else.
///
/// It reads from any field of a form or a query. What is no such path, as a link of an attacker may
/// have it (`//evil.example`, `/\evil.example`, `https:evil.example`), reads as nothing, so that
/// there is no target that has not been checked.
///
/// ```
/// use axum::Form;
/// use axum::extract::Query;
/// use axum::response::{Html, Redirect};
/// use crudauth::http::ReturnTo;
///
/// #[derive(serde::Deserialize)]
/// struct Page {
///     #[serde(default)]
///     next: ReturnTo,
/// }
///
/// async fn show(Query(page): Query<Page>) -> Html<String> {
///     Html(format!("<form method=post> .. {}</form>", page.next.hidden_field("next")))
/// }
///
/// async fn log_in(Form(page): Form<Page>) -> Redirect {
///     // Sign in, and then:
///     page.next.redirect_or("/")
/// }
///
/// assert_eq!(ReturnTo::new("/notes?page=2").path(), Some("/notes?page=2"));
/// assert_eq!(ReturnTo::new("//evil.example").path(), None);
/// assert_eq!(ReturnTo::new("https://evil.example").path(), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnTo(Option<String>);

impl ReturnTo {
    /// The target, if it is a path of the server itself.
    #[must_use]
    pub fn new(target: &str) -> Self {
        Self(is_local_path(target).then(|| target.to_owned()))
    }

    /// The path and query of a request.
    #[must_use]
    pub fn from_uri(uri: &Uri) -> Self {
        uri.path_and_query().map(|it| Self::new(it.as_str())).unwrap_or_default()
    }

    /// The path, with its query and fragment.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// A 303 to the path, or to `default`, a path of the application.
    pub fn redirect_or(&self, default: &str) -> Redirect {
        Redirect::to(self.path().unwrap_or(default))
    }

    /// `<input type="hidden" ..>` that carries the path through a form; empty where there is none.
    #[must_use]
    pub fn hidden_field(&self, name: &str) -> String {
        self.path().map(|path| hidden_field(name, path)).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for ReturnTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Checked;

        impl<'de> Visitor<'de> for Checked {
            type Value = ReturnTo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path")
            }

            fn visit_str<E>(self, target: &str) -> Result<ReturnTo, E> {
                Ok(ReturnTo::new(target))
            }

            fn visit_unit<E>(self) -> Result<ReturnTo, E> {
                Ok(ReturnTo::default())
            }

            fn visit_none<E>(self) -> Result<ReturnTo, E> {
                Ok(ReturnTo::default())
            }

            fn visit_some<D: Deserializer<'de>>(self, target: D) -> Result<ReturnTo, D::Error> {
                ReturnTo::deserialize(target)
            }

            fn visit_bool<E>(self, _: bool) -> Result<ReturnTo, E> {
                Ok(ReturnTo::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<ReturnTo, E> {
                Ok(ReturnTo::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<ReturnTo, E> {
                Ok(ReturnTo::default())
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut values: A,
            ) -> Result<ReturnTo, A::Error> {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Ok(ReturnTo::default())
            }
        }

        deserializer.deserialize_any(Checked)
    }
}

/// A hidden field of a form, escaped.
pub(crate) fn hidden_field(name: &str, value: &str) -> String {
    format!(r#"<input type="hidden" name="{}" value="{}">"#, escaped(name), escaped(value))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_field_cannot_be_broken_out_of() {
        let field = ReturnTo::new("/?a=\"><script>'&b").hidden_field("next");
        let expected = "/?a=&quot;&gt;&lt;script&gt;&#39;&amp;b";
        assert_eq!(field, format!(r#"<input type="hidden" name="next" value="{expected}">"#));
        assert_eq!(ReturnTo::new("//evil.example").hidden_field("next"), "");
    }

    #[test]
    fn what_is_no_path_reads_as_nothing_and_is_no_error() {
        for json in ["null", "1", "-1", "true", "[\"/a\"]", "\"//evil\"", "\"\"", "\"evil\""] {
            let read: ReturnTo = serde_json::from_str(json).expect("no error");
            assert_eq!(read.path(), None, "{json}");
        }
        let read: ReturnTo = serde_json::from_str("\"/notes\"").expect("a path");
        assert_eq!(read.path(), Some("/notes"));
    }
}
