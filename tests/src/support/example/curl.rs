//! As much of a shell and of curl as the printed requests use.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};

use crate::support::Client;

/// A command line of curl, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Curl {
    /// The cookie jar that the cookies come from.
    pub(super) reads: Option<String>,
    /// The cookie jar that they go to.
    pub(super) writes: Option<String>,
    /// The file that the body goes to.
    pub(super) saves: Option<String>,
    method: Option<String>,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Curl {
    /// Reads a command line. `text_in` gives the CSRF token in a cookie jar, or what is in another
    /// file, which is what a `$(..)` in a printed request asks for.
    pub(super) fn parse(line: &str, text_in: &dyn Fn(&str) -> String) -> Self {
        let mut curl = Self::default();
        let mut words = words(line, text_in).into_iter().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value");
            match word.as_str() {
                "-w" => drop(value()),
                "-b" => curl.reads = Some(value()),
                "-c" => curl.writes = Some(value()),
                "-o" => curl.saves = Some(value()),
                "-X" => curl.method = Some(value()),
                "-H" => {
                    let header = value();
                    let (name, value) = header.split_once(": ").expect("a header");
                    curl.headers.push((name.to_owned(), value.to_owned()));
                }
                "-d" => curl.add_data(&value()),
                "--data-urlencode" => {
                    let pair = value();
                    let (name, value) = pair.split_once('=').expect("a pair");
                    curl.add_data(&format!("{name}={}", percent_encoded(value)));
                }
                _ => match word.strip_prefix("http://").and_then(|url| url.split_once('/')) {
                    Some((_, path)) => curl.path = format!("/{path}"),
                    None => panic!("{word:?} of {line:?} is not understood"),
                },
            }
        }
        curl
    }

    fn add_data(&mut self, data: &str) {
        self.body = Some(match self.body.take() {
            Some(before) => format!("{before}&{data}"),
            None => data.to_owned(),
        });
    }

    /// The request of this command line, with the cookies of `client`.
    pub(super) fn request(&self, client: &Client) -> RequestBuilder {
        let implied = if self.body.is_some() { "POST" } else { "GET" };
        let method = self.method.as_deref().unwrap_or(implied);
        let method: Method = method.parse().expect("a method");
        let mut request = client.request(method, &self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let Some(body) = &self.body else { return request };
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        request.body(body.clone())
    }
}

/// Splits a line as a shell does. `$(..)` becomes the text in the file that its last word names.
fn words(line: &str, text_in: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match (quote, next) {
            (Some(open), _) if open == next => quote = None,
            (None, '\'' | '"') => {
                quote = Some(next);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None | Some('"'), '$') => {
                let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
                let (command, after) = inside.expect("a command substitution");
                let file = command.rsplit(' ').next().unwrap_or_default();
                word.get_or_insert_default().push_str(&text_in(file));
                rest = after;
            }
            _ => word.get_or_insert_default().push(next),
        }
    }
    words.extend(word);
    words
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_as_a_shell_and_curl_read_it() {
        let line = "curl -w ' [%{http_code}]\\n' -b jar -c jar -o out -X PUT http://h:1/a/b -d a=b \
                    --data-urlencode 'c=d e' -H \"X-T: $(awk '/t/ {print $7}' jar)\"";
        let curl = Curl::parse(line, &|jar| format!("token of {jar}"));
        let expected = Curl {
            reads: Some("jar".into()),
            writes: Some("jar".into()),
            saves: Some("out".into()),
            method: Some("PUT".into()),
            path: "/a/b".into(),
            headers: vec![("X-T".into(), "token of jar".into())],
            body: Some("a=b&c=d%20e".into()),
        };
        assert_eq!(curl, expected);
    }

    #[test]
    #[should_panic(expected = "is not understood")]
    fn an_option_beyond_these_is_an_error() {
        let _ = Curl::parse("curl --insecure http://h/", &|_| String::new());
    }
}
