//! What `RegisterSchema` has to say, in the voice of [`crate::messages`].

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use super::syntax::{FIELD_KEYS, STRUCT_KEYS};
use crate::diag::{Message, closest, list};
use crate::keys::{FieldKey, Key, StructKey};

pub(super) fn not_a_struct(what: &str) -> Message {
    Message::new(format!("`RegisterSchema` cannot be derived for {what}"))
        .help("derive it on a struct that has a field for each input of the sign-up")
}

pub(super) fn unnamed_fields() -> Message {
    Message::new("`RegisterSchema` needs named fields")
        .help("give each field its name on the wire, as in `struct SignUp { email: String, .. }`")
}

pub(super) fn generic(schema: &Ident) -> Message {
    Message::new(format!("`{schema}` is a sign-up body and cannot be generic"))
        .note("one sign-up route reads one type, which borrows nothing")
}

pub(super) fn no_password(schema: &Ident) -> Message {
    Message::new(format!("`{schema}` has no field `password`, without which nobody can sign up"))
        .help("add `password: crudauth::Password`")
}

pub(super) fn no_user(schema: &Ident) -> Message {
    Message::new(format!("`{schema}` does not say whose sign-up it is"))
        .help("name the struct that derives `AuthUser`: `#[auth(user = Account)]`")
}

pub(super) fn needs_user() -> Message {
    Message::new("`user` needs the path of a struct that derives `AuthUser`")
        .help("write `user = Account`")
}

pub(super) fn needs_runtime() -> Message {
    Message::new("`crate` needs a path").help("write `crate = ::my_reexport::crudauth`")
}

pub(super) fn needs_name() -> Message {
    Message::new("`rename` needs a name on the wire in quotes")
        .help("write `rename = \"fullName\"`")
}

pub(super) fn shared_name(name: &str) -> Message {
    Message::new(format!("two fields are called `{name}` on the wire"))
}

pub(super) fn password_stays(key: &Ident) -> Message {
    Message::new(format!("`{}` has no meaning for the password", key.unraw()))
        .note("it is always sent as `password`, hashed, and shown to no hook")
}

pub(super) fn no_keys(keys: &[&str]) -> Message {
    Message::new("expected `#[auth(..)]` with at least one key").help(accepted(keys))
}

pub(super) fn not_a_key(found: &TokenStream, keys: &[&str]) -> Message {
    Message::new(format!("expected a key, found `{found}`")).help(accepted(keys))
}

pub(super) fn key_twice(key: &Ident) -> Message {
    Message::new(format!("`{}` is given twice", key.unraw()))
}

pub(super) fn unknown_key(key: &Ident, keys: &[&str]) -> Message {
    let name = key.unraw().to_string();
    let on_struct = keys == STRUCT_KEYS;
    let elsewhere: &[&str] = if on_struct { &FIELD_KEYS } else { &STRUCT_KEYS };
    if elsewhere.contains(&name.as_str()) {
        let (right, wrong) = if on_struct { ("a", "the struct") } else { ("the", "a field") };
        let place = if on_struct { "field" } else { "struct" };
        return Message::new(format!("`{name}` belongs on {right} {place}, not on {wrong}"));
    }
    let level = if on_struct { "struct" } else { "field" };
    let message = Message::new(format!("`RegisterSchema` has no {level} key `{name}`"));
    match closest(&name, keys.iter().copied()) {
        Some(meant) => message.help(format!("a key with a similar name exists: `{meant}`")),
        None if FieldKey::from_name(&name).is_some() || StructKey::from_name(&name).is_some() => {
            message.help("it is a key of `AuthUser`: say it where the field is stored")
        }
        None => message.help(accepted(keys)),
    }
}

fn accepted(keys: &[&str]) -> String {
    format!("the keys here are {}", list(keys.iter().copied(), "and"))
}

pub(super) fn another_type(name: &str, ty: &str, schema: &str, user: &str) -> Message {
    Message::new(format!("`{name}` is `{ty}` in `{schema}`, and another type in `{user}`"))
        .help(format!("give it the type that it has in `{user}`"))
}

pub(super) fn not_cloneable(name: &str, ty: &str) -> Message {
    Message::new(format!("`{name}` is stored and shown to hooks, but `{ty}` cannot be cloned"))
        .note(format!("add `#[derive(Clone)]` to `{ty}`"))
}

pub(super) fn unsendable(name: &str, ty: &str) -> Message {
    Message::new(format!("`{name}` is sent at sign-up, but `{ty}` cannot be deserialized"))
        .note(format!("add `#[derive(serde::Deserialize)]` to `{ty}`"))
}
