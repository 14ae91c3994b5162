//! The fields of a request body.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use super::field::{FieldError, Location};
use super::typed::{self, Mismatch};

/// The fields of a request body, taken out one by one while every mistake is collected.
///
/// ```
/// use crudauth::error::Inputs;
///
/// let body = r#"{"username": "ada", "age": "36", "theme": "dark"}"#;
/// let mut inputs: Inputs = serde_json::from_str(body)?;
/// let username = inputs.take::<String>("username");
/// let age = inputs.take::<Option<u8>>("age");
///
/// let mistakes = inputs.finish().unwrap_err();
/// assert_eq!(username.as_deref(), Some("ada"));
/// assert_eq!(age, None);
/// assert_eq!(mistakes[0].message(), "Input should be a valid integer");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// What nobody takes is ignored. `Debug` shows the names of the fields and never their values.
pub struct Inputs {
    values: Map<String, Value>,
    /// What has been read already, under another type.
    given: HashMap<&'static str, Box<dyn Any + Send>>,
    mistakes: Vec<FieldError>,
}

impl Inputs {
    /// The fields of a JSON object.
    pub(crate) fn from_object(values: Map<String, Value>) -> Self {
        Self { values, given: HashMap::new(), mistakes: Vec::new() }
    }

    /// Takes the field `name` out as a `T`.
    ///
    /// `None` means that a mistake has been reported, so that [`finish`](Self::finish) fails: the
    /// field is missing (which is no mistake where `T` accepts null, as `Option` does), it has
    /// another type (text is never read as a number), or some text in it, a key of a map
    /// included, contains the character U+0000, which not every database can store.
    pub fn take<T: DeserializeOwned + 'static>(&mut self, name: &'static str) -> Option<T> {
        if let Some(given) = self.given.remove(name) {
            let read = given.downcast().map_err(|_| Mismatch::Refused.at(name.into()));
            return self.keep(read).map(|value| *value);
        }
        let read = match self.values.remove(name) {
            Some(value) if contains_nul(&value) => Err(cannot_be_stored(name)),
            Some(value) => typed::read(value).map_err(|mismatch| mismatch.at(name.into())),
            None => typed::read(Value::Null).map_err(|_| FieldError::missing(name)),
        };
        read.map_err(|mistake| self.report(mistake)).ok()
    }

    /// Whether a field of this name was sent, and has not been taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Takes the field `name` out as it was sent.
    pub(crate) fn take_raw(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    /// Takes the field `name` out where it is a truth value.
    pub(crate) fn take_bool(&mut self, name: &str) -> Option<bool> {
        let value = self.values.get(name).and_then(Value::as_bool)?;
        self.values.remove(name);
        Some(value)
    }

    /// Puts `value` in the place of what was sent as `name`: it is taken as it is, and only as a
    /// `T`.
    pub fn give<T: Send + 'static>(&mut self, name: &'static str, value: T) {
        self.given.insert(name, Box::new(value));
    }

    /// What was sent and not yet taken, to be read a second time.
    pub(crate) fn again(&self) -> Self {
        Self::from_object(self.values.clone())
    }

    /// Adds a mistake that the caller found, in a value that it took.
    pub fn report(&mut self, mistake: FieldError) {
        self.mistakes.push(mistake);
    }

    /// Reports the mistake in `checked`, if it is one, else hands out the value.
    ///
    /// ```
    /// # use crudauth::error::{FieldError, Inputs};
    /// # let mut inputs: Inputs = serde_json::from_str("{}")?;
    /// # fn parse(_: String) -> Result<u8, FieldError> { Ok(1) }
    /// let code = inputs.take::<String>("code").and_then(|code| inputs.keep(parse(code)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn keep<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|mistake| self.report(mistake)).ok()
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Every mistake, in the order in which it was found.
    pub fn finish(self) -> Result<(), Vec<FieldError>> {
        if self.mistakes.is_empty() { Ok(()) } else { Err(self.mistakes) }
    }

    /// Ends the reading and hands out what was built of the fields.
    ///
    /// `whole` is `None` where a field is; [`Option::zip`] makes a whole of two fields.
    ///
    /// ```
    /// # use crudauth::error::{FieldError, Inputs};
    /// # fn read(mut inputs: Inputs) -> Result<(String, String), Vec<FieldError>> {
    /// let username = inputs.take::<String>("username");
    /// let password = inputs.take::<String>("password");
    /// let (username, password) = inputs.finish_with(username.zip(password))?;
    /// # Ok((username, password))
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Every mistake; and, should `whole` be `None` without one, that the body is not the object
    /// that was asked for.
    pub fn finish_with<T>(self, whole: Option<T>) -> Result<T, Vec<FieldError>> {
        self.finish()?;
        whole.ok_or_else(|| vec![FieldError::model_attributes_type(Location::body())])
    }
}

/// From an object, and from nothing else.
impl<'de> Deserialize<'de> for Inputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from_object)
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.values.keys().collect();
        f.debug_struct("Inputs").field("names", &names).field("mistakes", &self.mistakes).finish()
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(entries) => {
            entries.iter().any(|(key, value)| key.contains('\0') || contains_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn cannot_be_stored(name: &'static str) -> FieldError {
    FieldError::value_error(name, "Input should not contain the character U+0000")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn inputs(value: Value) -> Inputs {
        let Value::Object(object) = value else { panic!("not an object: {value}") };
        Inputs::from_object(object)
    }

    fn kinds(inputs: Inputs) -> Vec<String> {
        let mistakes = inputs.finish().unwrap_err();
        mistakes.iter().map(|mistake| mistake.kind().to_owned()).collect()
    }

    #[test]
    fn every_mistake_is_collected_in_the_order_of_taking() {
        let mut inputs = inputs(json!({"a": 1, "c": true}));
        assert_eq!(inputs.take::<String>("a"), None);
        assert_eq!(inputs.take::<String>("b"), None);
        assert_eq!(inputs.take::<bool>("c"), Some(true));
        assert_eq!(kinds(inputs), ["string_type", "missing"]);
    }

    #[test]
    fn an_optional_field_may_be_missing_or_null() {
        let mut inputs = inputs(json!({"a": null}));
        assert_eq!(inputs.take::<Option<String>>("a"), Some(None));
        assert_eq!(inputs.take::<Option<String>>("b"), Some(None));
        assert_eq!(inputs.take::<String>("c"), None);
        assert_eq!(kinds(inputs), ["missing"]);
    }

    #[test]
    fn a_null_is_no_missing_field() {
        let mut inputs = inputs(json!({"a": null}));
        assert_eq!(inputs.take::<String>("a"), None);
        assert_eq!(kinds(inputs), ["string_type"]);
    }

    #[test]
    fn a_nul_is_refused_wherever_it_hides() {
        for value in [json!("a\0"), json!(["", ["\0"]]), json!({"\0": 1}), json!({"a": ["\0"]})] {
            let mut inputs = inputs(json!({ "field": value }));
            assert_eq!(inputs.take::<Value>("field"), None, "{value}");
            assert_eq!(kinds(inputs), ["value_error"]);
        }
        let mut inputs = inputs(json!({"field": {"a": "b"}}));
        assert!(inputs.take::<BTreeMap<String, String>>("field").is_some());
        assert_eq!(inputs.finish(), Ok(()));
    }

    #[test]
    fn what_is_given_is_taken_as_it_is_and_only_once() {
        let mut inputs = inputs(json!({"a": "sent"}));
        inputs.give("a", 3_u8);
        inputs.give("b", 4_u8);
        assert_eq!(inputs.take::<u8>("a"), Some(3));
        assert_eq!(inputs.take::<String>("a").as_deref(), Some("sent"));
        assert_eq!(inputs.take::<u16>("b"), None);
        assert_eq!(kinds(inputs), ["value_error"]);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", inputs(json!({"password": "hunter2"})));
        assert!(shown.contains("password") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_whole_that_is_missing_without_a_mistake_is_still_an_error() {
        assert!(inputs(json!({})).finish_with(None::<()>).is_err());
        assert_eq!(inputs(json!({})).finish_with(Some(3)), Ok(3));
    }
}
