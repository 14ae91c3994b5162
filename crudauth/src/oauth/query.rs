//! Parameters of a query or of a form.

use super::ResponseFault;

/// The longest parameter that is read, in bytes.
const MAX: usize = 4096;

/// Parameters, each of which counts where it is there once.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn read(query: &[u8]) -> Self {
        Self(form_urlencoded::parse(query).into_owned().collect())
    }

    /// The parameter `name`, if there is one that says something.
    ///
    /// # Errors
    ///
    /// Where it is there twice, too long, or no text.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, ResponseFault> {
        Ok(self.get_any(name)?.filter(|value| !value.is_empty()))
    }

    /// As [`get`](Self::get), also where it is empty.
    pub(super) fn get_any(&self, name: &str) -> Result<Option<&str>, ResponseFault> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| &**value);
        let Some(value) = values.next() else { return Ok(None) };
        // The parser puts U+FFFD for what is not in UTF-8.
        let is_text = value.len() <= MAX && !value.contains(['\u{fffd}', '\0']);
        match is_text && values.next().is_none() {
            true => Ok(Some(value)),
            false => Err(ResponseFault::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_where_it_is_there_once_and_is_a_text() {
        let query =
            Query::read(b"code=a+b&state=&iss=https%3A%2F%2Fa.example&x=1&x=1&bad=%ff&nul=%00");
        assert_eq!(query.get("code"), Ok(Some("a b")));
        assert_eq!(query.get("iss"), Ok(Some("https://a.example")));
        assert_eq!((query.get("state"), query.get("none")), (Ok(None), Ok(None)));
        assert_eq!((query.get_any("state"), query.get_any("none")), (Ok(Some("")), Ok(None)));
        for name in ["x", "bad", "nul"] {
            assert_eq!(query.get(name), Err(ResponseFault::Malformed), "{name}");
        }
        let long = format!("code={}", "a".repeat(MAX + 1));
        assert_eq!(Query::read(long.as_bytes()).get("code"), Err(ResponseFault::Malformed));
    }
}
