//! What `RegisterSchema` has to say, in the voice of [`crate::messages`].

use proc_macro2::Ident;

messages! {
    fn generic(schema: &Ident): "`{schema}` is a sign-up body and cannot be generic"
        note "one sign-up route reads one type, which borrows nothing";

    fn no_password(schema: &Ident):
        "`{schema}` has no field `password`, without which nobody can sign up"
        help "add `password: crudauth::Password`";

    fn no_user(schema: &Ident): "`{schema}` does not say whose sign-up it is"
        help "name the struct that derives `AuthUser`: `#[auth(user = Account)]`";

    fn shared_name(name: &str): "two fields are called `{name}` on the wire";

    fn password_stays(key: &Ident): "`{key}` has no meaning for the password"
        note "it is always sent as `password`, hashed, and shown to no hook";

    fn another_type(name: &str, ty: &str, schema: &str, user: &str):
        "`{name}` is `{ty}` in `{schema}`, and another type in `{user}`"
        help "give it the type that it has in `{user}`";

    fn not_cloneable(name: &str, ty: &str):
        "`{name}` is stored and shown to hooks, but `{ty}` cannot be cloned"
        help "add `#[derive(Clone)]` to `{ty}`";
}
