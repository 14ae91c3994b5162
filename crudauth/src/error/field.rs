//! One entry of a 422 answer.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

/// What is wrong with one field of a request.
///
/// A 422 answer lists these under `detail`. The shape is the one that clients of pydantic know:
///
/// ```
/// use crudauth::error::FieldError;
///
/// let entry = FieldError::too_short("password", 8);
/// assert_eq!(
///     serde_json::to_string(&entry)?,
///     concat!(
///         r#"{"type":"string_too_short","loc":["body","password"],"#,
///         r#""msg":"String should have at least 8 characters","ctx":{"min_length":8}}"#,
///     ),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// There is no `input`: what was sent may be a password, and never comes back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    loc: Location,
    msg: Cow<'static, str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    ctx: Map<String, Value>,
}

impl FieldError {
    /// An entry of any kind: for a policy, say, that has a `kind` of its own.
    ///
    /// Neither `msg` nor what [`with`](Self::with) adds may contain the value that was sent.
    pub fn new(
        at: impl Into<Location>,
        kind: impl Into<Cow<'static, str>>,
        msg: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind: kind.into(), loc: at.into(), msg: msg.into(), ctx: Map::new() }
    }

    /// Adds `key` to the `ctx` of the entry: a figure or a word that the message was made of. A
    /// value that has no form in JSON is null.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Serialize) -> Self {
        self.ctx.insert(key.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// `missing`: the field, or the whole body, is not there.
    pub fn missing(at: impl Into<Location>) -> Self {
        Self::new(at, "missing", "Field required")
    }

    /// `string_type`: the value is no text.
    pub fn string_type(at: impl Into<Location>) -> Self {
        Self::new(at, "string_type", "Input should be a valid string")
    }

    /// `int_type`: the value is no whole number.
    pub fn int_type(at: impl Into<Location>) -> Self {
        Self::new(at, "int_type", "Input should be a valid integer")
    }

    /// `float_type`: the value is no number.
    pub fn float_type(at: impl Into<Location>) -> Self {
        Self::new(at, "float_type", "Input should be a valid number")
    }

    /// `bool_type`: the JSON value is neither `true` nor `false`.
    pub fn bool_type(at: impl Into<Location>) -> Self {
        Self::new(at, "bool_type", "Input should be a valid boolean")
    }

    /// `bool_parsing`: the text of a form field or query parameter names no truth value.
    pub fn bool_parsing(at: impl Into<Location>) -> Self {
        let msg = "Input should be a valid boolean, unable to interpret input";
        Self::new(at, "bool_parsing", msg)
    }

    /// `model_attributes_type`: the body is no JSON object.
    pub fn model_attributes_type(at: impl Into<Location>) -> Self {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        Self::new(at, "model_attributes_type", msg)
    }

    /// `json_invalid`: the body is not JSON; `position` counts the characters before the mistake
    /// and `error` says what it is, without quoting the body.
    pub fn json_invalid(position: usize, error: impl Into<String>) -> Self {
        let at = Location::body().then(position);
        Self::new(at, "json_invalid", "JSON decode error").with("error", error.into())
    }

    /// `string_pattern_mismatch`: the text does not match the regular expression `pattern`.
    pub fn pattern_mismatch(at: impl Into<Location>, pattern: impl Into<String>) -> Self {
        let pattern = pattern.into();
        let msg = format!("String should match pattern '{pattern}'");
        Self::new(at, "string_pattern_mismatch", msg).with("pattern", pattern)
    }

    /// `string_too_short`: the text has fewer than `min` characters.
    pub fn too_short(at: impl Into<Location>, min: usize) -> Self {
        let msg = format!("String should have at least {}", characters(min));
        Self::new(at, "string_too_short", msg).with("min_length", min)
    }

    /// `string_too_long`: the text has more than `max` characters.
    pub fn too_long(at: impl Into<Location>, max: usize) -> Self {
        let msg = format!("String should have at most {}", characters(max));
        Self::new(at, "string_too_long", msg).with("max_length", max)
    }

    /// `value_error`: the value has the right type, and is refused for what `msg` says.
    pub fn value_error(at: impl Into<Location>, msg: impl Into<Cow<'static, str>>) -> Self {
        Self::new(at, "value_error", msg)
    }

    /// `value_error`: the database does not take the value.
    pub(crate) fn unfit(at: impl Into<Location>) -> Self {
        Self::value_error(at, "Value error, too long or not allowed")
    }

    /// `value_error`: a field, or a query parameter, stands there more than once.
    pub fn given_twice(at: impl Into<Location>) -> Self {
        Self::value_error(at, "Each field may be given only once")
    }

    /// The kind of mistake, `type` on the wire.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.msg
    }

    /// Where in the request it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.loc
    }
}

fn characters(count: usize) -> String {
    format!("{count} character{}", if count == 1 { "" } else { "s" })
}

/// Where in a request a mistake is, `loc` on the wire: `["body","email"]`.
///
/// A `&'static str` converts into the field of the body that has this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location(Vec<Step>);

impl Location {
    /// The body as a whole.
    #[must_use]
    pub fn body() -> Self {
        Self(vec![Step::from("body")])
    }

    /// The field `name` of the body.
    #[must_use]
    pub fn field(name: &'static str) -> Self {
        Self::body().then(name)
    }

    /// The parameter `name` of the query.
    #[must_use]
    pub fn query(name: &'static str) -> Self {
        Self(vec![Step::from("query")]).then(name)
    }

    /// The name of the field or parameter, so that a page can show the mistake next to its input.
    /// `None` if the mistake is about the whole body.
    ///
    /// ```
    /// use crudauth::error::{FieldError, Location};
    ///
    /// assert_eq!(FieldError::too_short("password", 8).location().name(), Some("password"));
    /// assert_eq!(Location::body().name(), None);
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.get(1)?.0.as_str()
    }

    /// One step further in: a key of an object or a place in a sequence.
    #[must_use]
    pub fn then(mut self, step: impl Into<Step>) -> Self {
        self.0.push(step.into());
        self
    }
}

impl From<&'static str> for Location {
    fn from(name: &'static str) -> Self {
        Self::field(name)
    }
}

/// One step of a [`Location`]: text or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Step(Value);

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self(Value::from(key))
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self(Value::from(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(entry: &FieldError) -> String {
        serde_json::to_string(entry).unwrap()
    }

    #[test]
    fn an_entry_without_context_has_three_keys_in_order() {
        assert_eq!(
            json(&FieldError::missing("username")),
            r#"{"type":"missing","loc":["body","username"],"msg":"Field required"}"#
        );
    }

    #[test]
    fn a_location_mixes_text_and_numbers() {
        assert_eq!(
            json(&FieldError::json_invalid(12, "expected value")),
            concat!(
                r#"{"type":"json_invalid","loc":["body",12],"#,
                r#""msg":"JSON decode error","ctx":{"error":"expected value"}}"#
            )
        );
        assert_eq!(
            json(&FieldError::bool_parsing(Location::query("keep_current"))),
            concat!(
                r#"{"type":"bool_parsing","loc":["query","keep_current"],"#,
                r#""msg":"Input should be a valid boolean, unable to interpret input"}"#
            )
        );
    }

    #[test]
    fn lengths_agree_in_number() {
        assert_eq!(
            FieldError::too_short("a", 1).message(),
            "String should have at least 1 character"
        );
        assert_eq!(
            FieldError::too_long("a", 64).message(),
            "String should have at most 64 characters"
        );
    }

    #[test]
    fn a_pattern_is_named_in_message_and_context() {
        assert_eq!(
            json(&FieldError::pattern_mismatch("grant_type", "^password$")),
            concat!(
                r#"{"type":"string_pattern_mismatch","loc":["body","grant_type"],"#,
                r#""msg":"String should match pattern '^password$'","#,
                r#""ctx":{"pattern":"^password$"}}"#
            )
        );
    }
}
