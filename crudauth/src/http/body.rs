//! Request bodies: JSON and forms.

use std::error::Error;
use std::fmt;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::{FieldError, Inputs, Location, Rejection, RejectionKind};

/// Reads a JSON object of at most `limit` bytes.
///
/// The `Content-Type` is `application/json` or `application/*+json`.
///
/// # Errors
///
/// - 413: the body is larger than `limit`. At most `limit` bytes were read.
/// - 422 `missing` at `["body"]`: there is no body, or it is `null`.
/// - 422 `json_invalid` at `["body", position]`: it is not JSON in UTF-8, nests too deeply, or
///   holds half of a surrogate pair.
/// - 422 `model_attributes_type` at `["body"]`: it is no object, or not declared as JSON.
/// - 422 `value_error` at `["body"]`: a key stands there twice. Whatever looks at the body before this
///   application may have taken the other one for it.
pub async fn read_json(request: Request, limit: usize) -> Result<Inputs, Rejection> {
    let (parts, body) = request.into_parts();
    let body = whole_body(body, limit).await?;
    if body.is_empty() {
        return Err(FieldError::missing(Location::body()).into());
    }
    if !media_type(&parts.headers).is_some_and(|media_type| is_json(&media_type)) {
        return Err(no_object());
    }
    match serde_json::from_slice(&body) {
        Ok(Value::Object(object)) => match serde_json::from_slice(&body) {
            // Of keys that are twice there, one is left.
            Ok(KeyCount(count)) if count == object.len() => Ok(Inputs::from_object(object)),
            _ => Err(given_twice()),
        },
        Ok(Value::Null) => Err(FieldError::missing(Location::body()).into()),
        Ok(_) => Err(no_object()),
        Err(error) => Err(json_invalid(&body, &error).into()),
    }
}

/// A body of JSON whose syntax is right, before its form is looked at: between the two, a route
/// asks who calls.
#[derive(Debug)]
pub struct JsonBody(Result<Inputs, Rejection>);

impl JsonBody {
    /// Reads the body of a request, as [`read_json`] does.
    ///
    /// # Errors
    ///
    /// Malformed JSON and a body larger than `limit`. What else may be wrong with the body is
    /// left to [`inputs`](Self::inputs).
    pub async fn read(request: Request, limit: usize) -> Result<Self, Rejection> {
        match read_json(request, limit).await {
            Err(rejection) if !is_well_formed(&rejection) => Err(rejection),
            read => Ok(Self(read)),
        }
    }

    /// The fields; none where there is no body.
    ///
    /// # Errors
    ///
    /// Where the body is no JSON object.
    pub fn inputs_if_any(self) -> Result<Inputs, Rejection> {
        let missing = [FieldError::missing(Location::body())];
        match self.0 {
            Err(rejection) if rejection.kind().errors() == Some(&missing) => {
                Ok(Inputs::from_object(Map::new()))
            }
            read => read,
        }
    }

    /// The fields.
    ///
    /// # Errors
    ///
    /// Where there is no body, or it is no JSON object.
    pub fn inputs(self) -> Result<Inputs, Rejection> {
        self.0
    }
}

/// Reads a form of at most `limit` bytes, urlencoded or multipart.
///
/// Any other `Content-Type` is a form without fields, so that what the caller requires turns out
/// to be missing, with the code `form_expected`. An empty field is missing.
///
/// # Errors
///
/// - 413: the body is larger than `limit`. At most `limit` bytes were read.
/// - 422: the body is not what its `Content-Type` says, or not UTF-8.
/// - 422 `value_error` at `["body"]`: a field stands there twice (RFC 6749 §3.2).
pub async fn read_form(request: Request, limit: usize) -> Result<FormFields, Rejection> {
    let (parts, body) = request.into_parts();
    let body = whole_body(body, limit).await?;
    let fields = match media_type(&parts.headers).as_deref() {
        Some("application/x-www-form-urlencoded") => Some(urlencoded(&body)?),
        Some("multipart/form-data") => Some(multipart(parts, body).await?),
        _ => None,
    };
    let is_form = fields.is_some();
    let mut fields = fields.unwrap_or_default();
    fields.retain(|_, value| value.as_str() != Some(""));
    Ok(FormFields { inputs: Inputs::from_object(fields), is_form, typed: false })
}

/// The fields of a form, taken out one by one while every mistake is collected, as
/// [`Inputs`] does it for JSON.
///
/// `Debug` shows the names of the fields and never their values.
#[derive(Debug)]
pub struct FormFields {
    inputs: Inputs,
    /// Whether the `Content-Type` was one that is read.
    is_form: bool,
    /// The values have the types of JSON, and not those of a form, which are texts and files.
    typed: bool,
}

impl FormFields {
    /// The fields of a JSON object, read as those of a form.
    pub(crate) fn from_json(inputs: Inputs) -> Self {
        Self { inputs, is_form: true, typed: true }
    }

    /// The fields, as those of a JSON object whose values are texts.
    pub(crate) fn into_inputs(self) -> Inputs {
        self.inputs
    }

    /// Takes the text `name` out; where it is missing or a file, that is reported.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.inputs.take(name)
    }

    /// Takes the text `name` out, if it is there; where it is a file, that is reported.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        self.inputs.take::<Option<String>>(name).flatten()
    }

    /// Takes the truth value `name` out, in any of the words of [`parse_bool`]; `default` where
    /// it is missing, and where it is no such word, which is reported.
    pub fn boolean(&mut self, name: &'static str, default: bool) -> bool {
        if self.typed
            && let Some(value) = self.inputs.take_bool(name)
        {
            return value;
        }
        let Some(text) = self.optional_text(name) else { return default };
        parse_bool(&text).unwrap_or_else(|| {
            self.report(FieldError::bool_parsing(name));
            default
        })
    }

    /// Takes the text `name` out, which must be `expected` if it is there: `grant_type` with
    /// `password`. Another text is reported. Whether it was there.
    pub fn literal(&mut self, name: &'static str, expected: &'static str) -> bool {
        let text = self.optional_text(name);
        if text.as_deref().is_some_and(|text| text != expected) {
            self.report(FieldError::pattern_mismatch(name, format!("^{expected}$")));
        }
        text.is_some()
    }

    /// Adds a mistake that the caller found. See [`Inputs::report`].
    pub fn report(&mut self, mistake: FieldError) {
        self.inputs.report(mistake);
    }

    /// Ends the reading. See [`Inputs::finish`].
    ///
    /// # Errors
    ///
    /// Every mistake, in the order in which it was found.
    pub fn finish(self) -> Result<(), Rejection> {
        self.finish_with(Some(()))
    }

    /// Ends the reading and hands out what was built. See [`Inputs::finish_with`].
    ///
    /// # Errors
    ///
    /// Every mistake, in the order in which it was found.
    pub fn finish_with<T>(self, whole: Option<T>) -> Result<T, Rejection> {
        self.inputs.finish_with(whole).map_err(|errors| {
            if self.is_form {
                RejectionKind::Fields { errors }.into()
            } else {
                RejectionKind::FormExpected { errors }.into()
            }
        })
    }
}

/// The truth value that a form field or query parameter names: `true`, `1`, `yes`, `on`, `t`,
/// `y` or `false`, `0`, `no`, `off`, `f`, `n`, in any case.
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    let is_one_of = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["true", "1", "yes", "on", "t", "y"]) {
        Some(true)
    } else if is_one_of(["false", "0", "no", "off", "f", "n"]) {
        Some(false)
    } else {
        None
    }
}

/// A body of at most `limit` bytes.
///
/// # Errors
///
/// 413 for a larger one.
pub(crate) async fn whole_body(body: Body, limit: usize) -> Result<Bytes, Rejection> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(RejectionKind::TooLarge.into());
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if is_over_limit(&*error) => Err(RejectionKind::TooLarge.into()),
        Err(_) => Err(malformed()),
    }
}

/// Whether a body that was refused is JSON of another form than was asked for.
fn is_well_formed(rejection: &Rejection) -> bool {
    let Some(errors) = rejection.kind().errors() else { return false };
    errors.iter().all(|error| error.kind() != "json_invalid")
}

/// A layer of the application may have set a smaller limit, whose error comes wrapped.
fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_over_limit)
}

fn no_object() -> Rejection {
    let errors = vec![FieldError::model_attributes_type(Location::body())];
    RejectionKind::JsonExpected { errors }.into()
}

/// Which field it is is not said: its name is what the client wrote.
fn given_twice() -> Rejection {
    FieldError::given_twice(Location::body()).into()
}

/// How many keys a JSON object has as it is written, each as often as it stands there.
struct KeyCount(usize);

impl<'de> Deserialize<'de> for KeyCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;

        impl<'de> Visitor<'de> for Counting {
            type Value = KeyCount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<KeyCount, A::Error> {
                let mut count = 0;
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(KeyCount(count))
            }
        }

        deserializer.deserialize_map(Counting)
    }
}

fn malformed() -> Rejection {
    RejectionKind::MalformedBody.into()
}

/// The values of the field `name` in a form. Files and malformed parts are skipped.
pub(crate) async fn form_values(head: &Parts, body: &Bytes, name: &str) -> Vec<Vec<u8>> {
    if media_type(&head.headers).as_deref() != Some("multipart/form-data") {
        let pairs = form_urlencoded::parse(body).filter(|(field, _)| field == name);
        return pairs.map(|(_, value)| value.into_owned().into_bytes()).collect();
    }
    let mut values = Vec::new();
    let mut request = Request::from_parts(head.clone(), Body::from(body.clone()));
    // The limit has been kept already, and may be larger than the default.
    DefaultBodyLimit::disable().apply(&mut request);
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return values };
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some(name) || field.file_name().is_some() {
            continue;
        }
        if let Ok(value) = field.bytes().await {
            values.push(value.to_vec());
        }
    }
    values
}

/// Whether a request says that its body is JSON.
pub(crate) fn says_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media_type| is_json(&media_type))
}

/// Whether a request says that its body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    matches!(
        media_type(headers).as_deref(),
        Some("application/x-www-form-urlencoded" | "multipart/form-data")
    )
}

/// The media type without its parameters, in lower case; none if two headers contradict.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let essence = value.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

fn is_json(media_type: &str) -> bool {
    media_type
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn json_invalid(json: &[u8], error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    // The place is in the location already, and in characters there.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    FieldError::json_invalid(characters_before(json, error), reason)
}

fn characters_before(json: &[u8], error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return String::from_utf8_lossy(json).chars().count();
    }
    // Lines and columns count from one, and columns count bytes.
    let lines = json.split_inclusive(|byte| *byte == b'\n');
    let line_start: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    let offset = line_start.saturating_add(error.column().saturating_sub(1)).min(json.len());
    String::from_utf8_lossy(&json[..offset]).chars().count()
}

fn urlencoded(body: &[u8]) -> Result<Map<String, Value>, Rejection> {
    // The parser puts U+FFFD for every byte that it cannot read, which would make one password
    // of many.
    percent_decode(body).decode_utf8().map_err(|_| malformed())?;
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.into_owned(), Value::from(value)).is_some() {
            return Err(given_twice());
        }
    }
    Ok(fields)
}

async fn multipart(parts: Parts, body: Bytes) -> Result<Map<String, Value>, Rejection> {
    /// What stands for a file, or for bytes that are no text: nothing that reads as text.
    const NO_TEXT: Value = Value::Bool(false);

    let mut request = Request::from_parts(parts, Body::from(body));
    // The limit has been kept already, and may be larger than the default.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;

    let mut fields = Map::new();
    while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        let is_file = field.file_name().is_some();
        let content = field.bytes().await.map_err(|_| malformed())?;
        let value = match std::str::from_utf8(&content) {
            Ok(text) if !is_file => Value::from(text),
            _ => NO_TEXT,
        };
        if fields.insert(name, value).is_some() {
            return Err(given_twice());
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    use axum::response::IntoResponse;
    use http_body::{Frame, SizeHint};
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 4096;
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    const MULTIPART: &str = "multipart/form-data; boundary=X";

    fn request(content_type: &str, body: impl Into<Body>) -> Request {
        let request = Request::builder().method("POST").uri("/");
        let request = match content_type {
            "" => request,
            content_type => request.header(CONTENT_TYPE, content_type),
        };
        request.body(body.into()).unwrap()
    }

    fn entry(rejection: &Rejection) -> String {
        let errors = rejection.kind().errors().expect("a list");
        assert_eq!(errors.len(), 1);
        serde_json::to_string(&errors[0]).unwrap()
    }

    async fn json_mistake(content_type: &str, body: impl Into<Body>) -> String {
        entry(&read_json(request(content_type, body), LIMIT).await.unwrap_err())
    }

    async fn form(content_type: &str, body: impl Into<Body>) -> FormFields {
        read_form(request(content_type, body), LIMIT).await.unwrap()
    }

    const NO_OBJECT: &str = r#"{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from"}"#;
    const MISSING: &str = r#"{"type":"missing","loc":["body"],"msg":"Field required"}"#;

    #[tokio::test]
    async fn an_object_is_read_whatever_kind_of_json_it_is() {
        for content_type in [
            JSON,
            "Application/JSON; charset=utf-8",
            "application/vnd.api+json",
            "application/json;",
        ] {
            let mut inputs = read_json(request(content_type, r#"{"a":"1","b":{"a":"2"}}"#), LIMIT)
                .await
                .unwrap();
            assert_eq!(inputs.take::<String>("a").as_deref(), Some("1"), "{content_type}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_not_declared_as_json_is_no_object() {
        for content_type in ["", "text/plain", FORM, "text/json", "application/jsonx", "+json"] {
            assert_eq!(json_mistake(content_type, "{}").await, NO_OBJECT, "{content_type}");
        }
        let mut twice = request(JSON, "{}");
        twice.headers_mut().append(CONTENT_TYPE, "text/plain".parse().unwrap());
        assert_eq!(entry(&read_json(twice, LIMIT).await.unwrap_err()), NO_OBJECT);
    }

    #[tokio::test]
    async fn other_json_than_an_object_is_refused() {
        for body in ["[]", "1", "\"a\"", "true"] {
            assert_eq!(json_mistake(JSON, body).await, NO_OBJECT, "{body}");
        }
        for (content_type, body) in [(JSON, ""), ("", ""), (JSON, "null")] {
            assert_eq!(json_mistake(content_type, body).await, MISSING, "{body}");
        }
    }

    #[tokio::test]
    async fn malformed_json_tells_its_position_in_characters() {
        for (body, position) in [
            ("{", 1),
            ("{\"a\": }", 6),
            ("{\"ä\": }", 6),
            ("{\n\"ü\": 1,\n\"a\" x}", 14),
            ("{} x", 3),
            ("nul", 3),
        ] {
            let entry = json_mistake(JSON, body).await;
            let start = format!(
                r#"{{"type":"json_invalid","loc":["body",{position}],"msg":"JSON decode error","ctx":{{"error":""#
            );
            assert!(entry.starts_with(&start), "{body:?}: {entry}");
            assert!(!entry.contains("line"), "{entry}");
        }
    }

    #[tokio::test]
    async fn what_text_cannot_hold_is_malformed_json() {
        for body in [
            br#"{"username":"\ud800"}"#.as_slice(),
            br#"{"username":"\udc00x"}"#,
            b"{\"username\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
            &[b'['; 2000],
            b"{\"a\":1e999}",
        ] {
            let entry = json_mistake(JSON, body).await;
            assert!(entry.contains("json_invalid"), "{entry}");
        }
    }

    #[tokio::test]
    async fn a_syntax_error_does_not_quote_the_body() {
        for body in [r#"{"password": hunter2}"#, r#"{"password": "hunter2"#, r#"{"hunter2"}"#] {
            assert!(!json_mistake(JSON, body).await.contains("hunter2"));
        }
    }

    #[tokio::test]
    async fn an_oversized_body_is_refused_declared_or_not() {
        let exact = format!(r#"{{"a":"{}"}}"#, "x".repeat(LIMIT - 8));
        assert_eq!(exact.len(), LIMIT);
        assert!(read_json(request(JSON, exact), LIMIT).await.is_ok());
        let above = u64::try_from(LIMIT).unwrap() + 1;
        for (declared, polls) in [(above, 0), (0, LIMIT / CHUNK.len() + 1)] {
            let polled = Arc::new(AtomicUsize::new(0));
            let body = Body::new(Endless { declared, polled: polled.clone() });
            let rejection = read_form(request(FORM, body), LIMIT).await.unwrap_err();
            assert_eq!(rejection.kind(), &RejectionKind::TooLarge);
            assert_eq!(polled.load(Ordering::SeqCst), polls);
        }
    }

    const CHUNK: &[u8] = &[b'x'; 1024];

    /// A body of chunks without an end, of which a least length is declared.
    struct Endless {
        declared: u64,
        polled: Arc<AtomicUsize>,
    }

    impl HttpBody for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.polled.fetch_add(1, Ordering::SeqCst);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(CHUNK)))))
        }

        fn size_hint(&self) -> SizeHint {
            let mut hint = SizeHint::new();
            hint.set_lower(self.declared);
            hint
        }
    }

    #[tokio::test]
    async fn both_kinds_of_form_have_the_same_fields() {
        let multipart = "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada b\r\n\
                         --X\r\nContent-Disposition: form-data; name=\"remember_me\"\r\n\r\nYES\r\n\
                         --X--\r\n";
        for (content_type, body) in
            [(FORM, "username=ada+b&remember_me=YES"), (MULTIPART, multipart)]
        {
            let mut form = form(content_type, body).await;
            assert_eq!(form.text("username").as_deref(), Some("ada b"));
            assert!(form.boolean("remember_me", false));
            assert_eq!(form.optional_text("scope"), None);
            assert!(!form.literal("grant_type", "password"));
            assert_eq!(form.finish(), Ok(()));
        }
    }

    #[tokio::test]
    async fn every_mistake_of_a_form_is_collected() {
        let mut form =
            form(FORM, "username=&remember_me=maybe&grant_type=token&password=a%00b").await;
        assert_eq!(form.text("username"), None);
        assert_eq!(form.text("password"), None);
        assert!(form.boolean("remember_me", true));
        assert!(form.literal("grant_type", "password"));
        let refused = form.finish().unwrap_err();
        let mistakes = refused.kind().errors().unwrap();
        let kinds: Vec<_> = mistakes.iter().map(FieldError::kind).collect();
        assert_eq!(kinds, ["missing", "value_error", "bool_parsing", "string_pattern_mismatch"]);
        assert_eq!(mistakes[3].message(), "String should match pattern '^password$'");
    }

    #[tokio::test]
    async fn a_form_of_another_type_has_no_fields() {
        for content_type in ["", JSON, "text/plain"] {
            let mut form = form(content_type, "username=ada").await;
            assert_eq!(form.text("username"), None);
            let errors = vec![FieldError::missing("username")];
            assert_eq!(form.finish(), Err(RejectionKind::FormExpected { errors }.into()));
        }
    }

    #[tokio::test]
    async fn a_file_is_no_text() {
        let part = |more: &str, content: &[u8]| {
            let head =
                format!("--X\r\nContent-Disposition: form-data; name=\"username\"{more}\r\n\r\n");
            [head.as_bytes(), content, b"\r\n--X--\r\n"].concat()
        };
        for body in [part("; filename=\"a.txt\"", b"ada"), part("", b"\xff")] {
            let mut form = form(MULTIPART, body).await;
            assert_eq!(form.optional_text("username"), None);
            assert_eq!(form.finish(), Err(FieldError::string_type("username").into()));
        }
    }

    #[tokio::test]
    async fn a_form_that_is_broken_is_unprocessable() {
        for (content_type, body) in [
            ("multipart/form-data", "--X--"),
            (MULTIPART, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"),
            (FORM, "password=%ff"),
        ] {
            let rejection = read_form(request(content_type, body), LIMIT).await.unwrap_err();
            assert_eq!(rejection, malformed(), "{body}");
        }
    }

    #[test]
    fn truth_has_twelve_names() {
        for word in ["true", "TRUE", "1", "yes", "On", "t", "Y"] {
            assert_eq!(parse_bool(word), Some(true), "{word}");
        }
        for word in ["false", "False", "0", "no", "off", "F", "n"] {
            assert_eq!(parse_bool(word), Some(false), "{word}");
        }
        for word in ["", "2", "maybe", " true", "ja"] {
            assert_eq!(parse_bool(word), None, "{word}");
        }
    }

    /// Bytes of any kind, and such that the parser gets further into.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        let json = r#"(\{|\}|\[|\]|"a"|:|,|1|-|e|\\ud8|\\u0000|null|"|\PC){0,60}"#;
        let multipart = "(--X|--X--|\r\n|Content-Disposition: form-data|; name=|\"a\"|; filename=|: |\\PC){0,60}";
        let form = "([a-z]|%[0-9a-f]{2}|%|&|=|\\+){0,100}";
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..5000),
            json.prop_map(String::into_bytes),
            multipart.prop_map(String::into_bytes),
            form.prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_body_is_the_fault_of_the_server(body in body()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                for content_type in [JSON, FORM, MULTIPART] {
                    if let Err(rejection) = read_json(request(content_type, body.clone()), LIMIT).await {
                        assert!(rejection.into_response().status().is_client_error());
                    }
                    match read_form(request(content_type, body.clone()), LIMIT).await {
                        Ok(mut form) => drop((form.text("a"), form.boolean("a", true), form.finish())),
                        Err(rejection) => assert!(rejection.into_response().status().is_client_error()),
                    }
                }
            });
        }
    }
}
