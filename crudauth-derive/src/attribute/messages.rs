//! The texts about keys of `#[auth(..)]`, for both derives.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path};

use super::key::{Derive, Form, Key, Place, Row, rows};
use crate::diag::{Message, closest, list};
use crate::logical::Logical;

messages! {
    fn given_twice(key: &str, owner: &str): "`{key}` is given twice for `{owner}`"
        help "remove one";

    fn listed_twice(key: &str, name: &Ident): "`{name}` is given twice in `{key}(..)`"
        help "remove one";

    fn relative_path(): "the path to `crudauth` must be absolute"
        help "write `::my_reexport::crudauth` or `crate::deps::crudauth`";
}

pub(crate) fn no_keys<K: Key>() -> Message {
    let example = match (K::DERIVE, K::PLACE) {
        (Derive::AuthUser, Place::Field) => "register",
        _ => K::ROWS[0].example,
    };
    Message::new("expected `#[auth(..)]` with at least one key")
        .help(format!("remove the attribute, or write e.g. `#[auth({example})]`"))
}

/// An item that does not begin with a name.
pub(crate) fn not_a_key<K: Key>(found: &TokenStream) -> Message {
    let message = Message::new(format!("expected a key, found `{found}`"));
    let quoted = syn::parse2::<LitStr>(found.clone()).ok();
    match quoted.and_then(|literal| K::from_name(&literal.value())) {
        Some(key) => {
            let example = key.row().example;
            message.help(format!("write it without quotes: `#[auth({example})]`"))
        }
        None => message.help(accepted::<K>()),
    }
}

/// Two items have grown together.
pub(crate) fn missing_comma(before: &Ident, found: &TokenTree) -> Message {
    Message::new(format!("expected `,` after `{}`, found `{found}`", before.unraw()))
        .help("separate the keys: `#[auth(register, column = \"full_name\")]`")
}

/// A key of the other place.
fn wrong_place(key: &Row) -> Message {
    let (fact, moved) = match key.place {
        Place::Field => ("belongs on a field, not on the struct", "move it to the field"),
        Place::Struct => ("belongs on the struct, not on a field", "move it"),
    };
    Message::new(format!("`{}` {fact}", key.name))
        .help(format!("{moved}: `#[auth({})] {}`", key.example, key.on))
}

/// A key that the derive has in the other place, or not at all.
pub(crate) fn unknown_key<K: Key>(name: &str) -> Message {
    if let Some(key) = other_place::<K>().find(|row| row.name == name) {
        return wrong_place(key);
    }
    let owner = match K::DERIVE {
        Derive::AuthUser => "#[auth]",
        Derive::RegisterSchema => "RegisterSchema",
    };
    let message = Message::new(format!("`{owner}` has no {} key `{name}`", K::PLACE));
    if let Some(meant) = closest(name, K::names()) {
        return message.help(format!("a key with a similar name exists: `{meant}`"));
    }
    if let Some(meant) = closest(name, other_place::<K>().map(|row| row.name)) {
        let other = match K::PLACE {
            Place::Struct => "a field",
            Place::Field => "the struct",
        };
        return message.help(format!("{other} has a key with a similar name: `{meant}`"));
    }
    message.help(habit::<K>(name).unwrap_or_else(accepted::<K>))
}

/// The key that the user probably meant by an unknown one, unless it is a key of the other place.
pub(crate) fn similar_key<K: Key>(name: &str) -> Option<K> {
    if other_place::<K>().any(|row| row.name == name) {
        return None;
    }
    closest(name, K::names()).and_then(K::from_name)
}

fn other_place<K: Key>() -> impl Iterator<Item = &'static Row> {
    rows(K::DERIVE, None).filter(|row| row.place != K::PLACE)
}

/// Advice on a key of another derive that people know, or of the other one of this crate.
fn habit<K: Key>(name: &str) -> Option<String> {
    let is_key = |derive, place| rows(derive, place).any(|row| row.name == name);
    Some(match (K::DERIVE, K::PLACE, name) {
        (Derive::RegisterSchema, _, _) => {
            return is_key(Derive::AuthUser, None)
                .then(|| "it is a key of `AuthUser`: say it where the field is stored".to_owned());
        }
        (_, place, _) if is_key(Derive::RegisterSchema, Some(place)) => {
            format!("`{name}` is a key of `RegisterSchema`, for a sign-up body of your own")
        }
        (_, Place::Struct, "table" | "table_name") => {
            "say it to Diesel: `#[diesel(table_name = users)]`".to_owned()
        }
        (_, Place::Struct, "rename_all") => {
            "rename each input: `#[auth(register, rename = \"fullName\")]` on its field".to_owned()
        }
        (_, Place::Field, "skip" | "skip_register" | "readonly" | "read_only") => {
            "without `register`, a client cannot set the field".to_owned()
        }
        (_, Place::Field, _) => {
            let meant = Logical::from_name(name).or_else(|| Logical::from_other_name(name))?;
            let meant = meant.name();
            format!("if the field is the logical field `{meant}`: `#[auth(logical = \"{meant}\")]`")
        }
        (_, Place::Struct, _) => return None,
    })
}

fn accepted<K: Key>() -> String {
    let names = list(K::names(), "and");
    match K::PLACE {
        Place::Struct => format!("the struct accepts {names}"),
        Place::Field => format!("a field accepts {names}"),
    }
}

pub(crate) fn takes_no_value(key: &Ident) -> Message {
    let message = Message::new(format!("`{key}` takes no value"));
    if key == "register" {
        message
            .help("write `#[auth(register)]`, or leave it out to refuse the field at sign-up")
            .help("for a name that usually carries power, insist: `#[auth(register(reviewed))]`")
    } else {
        message.help(format!("write `#[auth({key})]`, or leave it out"))
    }
}

pub(crate) fn needs_value(key: &Row) -> Message {
    Message::new(format!("`{}` needs a value", key.name))
        .help(format!("write `#[auth({})]`", key.example))
}

pub(crate) fn wrong_value(key: &Row, found: Option<&str>) -> Message {
    let found = found.map_or(String::new(), |found| format!(", found {found}"));
    Message::new(format!("`{}` expects {}{found}", key.name, taken(key)))
        .help(format!("write `#[auth({})]`", key.example))
}

/// A name that only lacks its quotes.
pub(crate) fn unquoted(key: &Row, found: &Path) -> Message {
    let fact = format!("`{}` expects {}, found a name without quotes", key.name, taken(key));
    let named = found.segments.last().map(|last| last.ident.unraw().to_string());
    Message::new(fact).help(format!("write `{} = \"{}\"`", key.name, named.unwrap_or_default()))
}

fn taken(key: &Row) -> &'static str {
    match key.form {
        Form::Text(what) | Form::Names(what) | Form::Path(what) => what,
        Form::Flag | Form::FlagOr(_) => "no value",
    }
}

/// One item of a list.
pub(crate) fn not_a_name(key: &Row, found: &TokenStream) -> Message {
    Message::new(format!("`{}` lists names, found `{found}`", key.name))
        .help(format!("write names without quotes: `#[auth({})]`", key.example))
}
