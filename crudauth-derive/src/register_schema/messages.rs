//! What `RegisterSchema` has to say, in the voice of [`crate::messages`].

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::diag::Message;

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

pub(super) fn shared_name(name: &str) -> Message {
    Message::new(format!("two fields are called `{name}` on the wire"))
}

pub(super) fn password_stays(key: &Ident) -> Message {
    Message::new(format!("`{}` has no meaning for the password", key.unraw()))
        .note("it is always sent as `password`, hashed, and shown to no hook")
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
