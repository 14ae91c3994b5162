//! From a JSON value to a Rust type, with errors that do not quote the value.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, EnumAccess, Expected, IntoDeserializer, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use std::fmt;

use super::field::{FieldError, Location};

/// Reads `value` as a `T`.
///
/// Numbers are not read from text, nor text from numbers.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    T::deserialize(Typed(value))
}

/// What serde wanted where it found something else. The errors of `serde_json` quote what they
/// found, which here may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Mismatch {
    /// Another JSON type than the one named.
    #[error("expected {0}")]
    Type(String),
    /// The right JSON type, outside of what is named.
    #[error("expected {0}")]
    Value(String),
    /// A reason that the type gave in its own words, which may quote the value.
    #[error("the value was refused")]
    Refused,
}

impl Mismatch {
    pub(super) fn at(self, loc: Location) -> FieldError {
        let (Self::Type(expected) | Self::Value(expected)) = &self else {
            return FieldError::value_error(loc, "Input should be a valid value");
        };
        match (&self, expected.as_str()) {
            (Self::Type(_), "a string" | "a borrowed string") => FieldError::string_type(loc),
            (Self::Type(_), "a boolean") => FieldError::bool_type(loc),
            (Self::Type(_), "f32" | "f64") => FieldError::float_type(loc),
            (Self::Type(_), wanted) if is_integer(wanted) => FieldError::int_type(loc),
            _ => FieldError::value_error(loc, format!("Input should be {expected}")),
        }
    }
}

/// Serde names an integer by its Rust type, and a `NonZero` by "a nonzero" and that type.
fn is_integer(expected: &str) -> bool {
    matches!(
        expected.strip_prefix("a nonzero ").unwrap_or(expected),
        "i8" | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
    )
}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Type(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Value(expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::Value(expected.to_string())
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Value(format!("one of '{}'", expected.join("', '")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Value(format!("an object with no other keys than '{}'", expected.join("', '")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Value(format!("an object with the key '{field}'"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Value(format!("an object with the key '{field}' once"))
    }
}

/// A JSON value whose deserializer fails with a [`Mismatch`].
struct Typed(Value);

impl<'de> IntoDeserializer<'de, Mismatch> for Typed {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Typed {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(number) => {
                if let Some(number) = number.as_u64() {
                    visitor.visit_u64(number)
                } else if let Some(number) = number.as_i64() {
                    visitor.visit_i64(number)
                } else if let Some(number) = number.as_f64() {
                    visitor.visit_f64(number)
                } else {
                    Err(Mismatch::Refused)
                }
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Typed));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key, Typed(value)));
                let mut entries = MapDeserializer::new(entries);
                let value = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant { name, content: None }),
            Value::Object(entries) => {
                let mut entries = entries.into_iter();
                let (Some((name, content)), None) = (entries.next(), entries.next()) else {
                    return Err(Mismatch::Value("an object with one key".to_owned()));
                };
                visitor.visit_enum(Variant { name, content: Some(content) })
            }
            _ => Err(Mismatch::Type("a string".to_owned())),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant of an enum in serde's external form: its name, or its name with a content.
struct Variant {
    name: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Mismatch;
    type Variant = Content;

    fn variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content), Mismatch> {
        let variant = seed.deserialize(Typed(Value::String(self.name)))?;
        Ok((variant, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl Content {
    fn required(self) -> Result<Typed, Mismatch> {
        self.0.map(Typed).ok_or_else(|| Mismatch::Type("a variant with a content".to_owned()))
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        self.0.map_or(Ok(()), read)
    }

    fn newtype_variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Mismatch> {
        seed.deserialize(self.required()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.required()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.required()?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Free,
        Seats(u8),
        Custom { name: String },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Profile {
        plan: Plan,
        tags: Vec<String>,
        age: Option<i64>,
        more: BTreeMap<String, Value>,
    }

    #[test]
    fn every_shape_that_serde_json_reads_is_read() {
        let value = json!({
            "plan": {"custom": {"name": "gold"}}, "tags": ["a", "b"], "age": -3,
            "more": {"x": [1, 2.5, null, true]},
        });
        let profile: Profile = read(value.clone()).unwrap();
        assert_eq!(profile.plan, Plan::Custom { name: "gold".to_owned() });
        assert_eq!(profile, serde_json::from_value(value).unwrap());
        assert_eq!(read::<Plan>(json!("free")), Ok(Plan::Free));
        assert_eq!(read::<Plan>(json!({"seats": 4})), Ok(Plan::Seats(4)));
        assert_eq!(read::<(u8, String)>(json!([1, "x"])), Ok((1, "x".to_owned())));
    }

    #[test]
    fn no_error_quotes_the_value() {
        let entries = [
            read::<u8>(json!("hunter2")).unwrap_err(),
            read::<Plan>(json!("hunter2")).unwrap_err(),
            read::<Plan>(json!({"hunter2": 1})).unwrap_err(),
            read::<Profile>(json!({"hunter2": 1})).unwrap_err(),
            read::<char>(json!("hunter2")).unwrap_err(),
            read::<std::net::IpAddr>(json!("hunter2")).unwrap_err(),
            read::<(u8,)>(json!([1, "hunter2"])).unwrap_err(),
        ];
        for entry in entries {
            let entry = serde_json::to_string(&entry.at(Location::field("x"))).unwrap();
            assert!(!entry.contains("hunter2"), "{entry}");
        }
    }

    #[test]
    fn a_wrong_type_has_the_kind_that_pydantic_gives_it() {
        let kind = |mismatch: Mismatch| mismatch.at(Location::body()).kind().to_owned();
        assert_eq!(kind(read::<String>(json!(1)).unwrap_err()), "string_type");
        assert_eq!(kind(read::<i32>(json!("1")).unwrap_err()), "int_type");
        assert_eq!(kind(read::<i32>(json!(1.5)).unwrap_err()), "int_type");
        assert_eq!(kind(read::<bool>(json!("true")).unwrap_err()), "bool_type");
        assert_eq!(kind(read::<f64>(json!("1")).unwrap_err()), "float_type");
        assert_eq!(kind(read::<u8>(json!(300)).unwrap_err()), "value_error");
        assert_eq!(kind(read::<Vec<u8>>(json!({})).unwrap_err()), "value_error");
    }
}
