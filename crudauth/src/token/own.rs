//! The claims of the application's own in an access token.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use super::error::ClaimsError;

/// The names of claims that crudauth writes, that RFC 7519 registers, and by which others decide whom a
/// token stands for (RFC 8693, RFC 7800, OpenID Connect).
const RESERVED: &[&str] = &[
    "acr",
    "act",
    "amr",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "scope",
    "scopes",
    "sid",
    "sub",
    "token_type",
    "ver",
];

/// Claims of the application's own, as JSON has them.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OwnClaims(Map<String, Value>);

impl OwnClaims {
    /// # Errors
    ///
    /// Where `claims` cannot be written as a JSON object, or a name is reserved.
    fn write(claims: impl Serialize) -> Result<Self, ClaimsError> {
        let written = serde_json::to_value(claims);
        let Value::Object(map) = written.map_err(|error| ClaimsError::Unwritable(error.into()))?
        else {
            return Err(ClaimsError::NoObject);
        };
        match map.keys().find(|name| is_reserved(name)) {
            Some(name) => Err(ClaimsError::Reserved(name.clone())),
            None => Ok(Self(map)),
        }
    }

    /// The claims as a `C`; `None` where they are not those of a `C`.
    pub(crate) fn read<C: DeserializeOwned>(&self) -> Option<C> {
        C::deserialize(&Value::Object(self.0.clone())).ok()
    }
}

/// Claims may say anything about the user.
impl fmt::Debug for OwnClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

type Make<U> = dyn Fn(&U) -> Result<OwnClaims, ClaimsError> + Send + Sync;

/// Makes the claims of the application's own for a row of the type `U`.
pub(crate) struct MakeClaims<U> {
    make: Arc<Make<U>>,
    /// What is wrong with the names of the claims.
    pub(crate) mistake: Option<String>,
}

impl<U> MakeClaims<U> {
    pub(crate) fn new<C>(make: impl Fn(&U) -> C + Send + Sync + 'static) -> Self
    where
        C: Serialize + DeserializeOwned,
    {
        let mistake = match fields_of::<C>() {
            None => Some("is no struct with named fields, none of them `flatten`".to_owned()),
            Some(fields) => fields
                .iter()
                .find(|name| is_reserved(name))
                .map(|name| format!("has the name `{name}`, which tokens use already")),
        };
        Self { make: Arc::new(move |user| OwnClaims::write(make(user))), mistake }
    }

    pub(crate) fn of(&self, user: &U) -> Result<OwnClaims, ClaimsError> {
        (self.make)(user)
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The names of the fields of `C`, as serde reads them.
fn fields_of<C: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut fields = None;
    // It fails once it has seen the names, since there are no values.
    let _ = C::deserialize(Names(&mut fields));
    fields
}

/// Notes the names of the fields that a struct asks for.
struct Names<'a>(&'a mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = Some(fields);
        Err(serde::de::Error::custom("only names are asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("only structs have names"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::{MakeClaims, OwnClaims};

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Plan {
        tier: String,
        seats: Option<u32>,
    }

    fn mistake_of<C>() -> String
    where
        C: Serialize + for<'de> Deserialize<'de> + 'static,
    {
        let make = MakeClaims::<()>::new::<C>(|()| unreachable!("only names are looked at"));
        make.mistake.unwrap_or_default()
    }

    #[test]
    fn claims_come_back_as_their_type() {
        let make = MakeClaims::<u32>::new(|seats: &u32| Plan {
            tier: "gold".to_owned(),
            seats: Some(*seats),
        });
        assert_eq!(make.mistake, None);
        let own = make.of(&7).expect("written");
        assert_eq!(own.read::<Plan>(), Some(Plan { tier: "gold".to_owned(), seats: Some(7) }));
        assert_eq!(own.read::<BTreeMap<String, u32>>(), None);
        assert_eq!(format!("{own:?}"), r#"{"seats", "tier"}"#);
        assert_eq!(OwnClaims::default().read::<Plan>(), None);
    }

    #[test]
    fn a_reserved_name_is_found_before_any_token_is_issued() {
        #[derive(Serialize, Deserialize)]
        struct Subject {
            sub: String,
        }
        #[derive(Serialize, Deserialize)]
        struct Renamed {
            #[serde(rename = "exp")]
            until: u64,
        }
        #[derive(Serialize, Deserialize)]
        struct Flat {
            #[serde(flatten)]
            more: BTreeMap<String, u32>,
        }
        assert!(mistake_of::<Subject>().contains("`sub`"));
        assert!(mistake_of::<Renamed>().contains("`exp`"));
        for no_struct in [mistake_of::<Flat>(), mistake_of::<u32>(), mistake_of::<Vec<u32>>()] {
            assert!(no_struct.contains("named fields"), "{no_struct}");
        }
    }

    /// A name that only the writer has shows when it writes.
    #[test]
    fn a_reserved_name_is_never_written() {
        #[derive(Serialize, Deserialize)]
        struct Sly {
            #[serde(rename(serialize = "scopes"))]
            rights: Vec<String>,
        }
        let make = MakeClaims::<()>::new(|()| Sly { rights: Vec::new() });
        assert_eq!(make.mistake, None);
        assert!(make.of(&()).expect_err("refused").to_string().contains("`scopes`"));
    }
}
