//! The mistakes that are in the struct itself: a struct in, the list of facts out.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::{check, syntax};
use crate::diag::Diagnostics;

fn mistakes_in(item: TokenStream) -> Vec<String> {
    let input: DeriveInput = syn::parse2(item).unwrap();
    let diagnostics = Diagnostics::new();
    if let Some(schema) = syntax::parse(&input, &diagnostics) {
        check::check(&schema, &diagnostics);
    }
    let first_line = |message: &String| message.lines().next().unwrap_or_default().to_owned();
    diagnostics.into_messages().iter().map(first_line).collect()
}

macro_rules! cases {
    ($($name:ident: { $($item:tt)* } => [$($fact:expr),* $(,)?];)*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &[$($fact),*];
            assert_eq!(mistakes_in(quote!($($item)*)), expected);
        }
    )*};
}

cases! {
    a_right_schema: {
        #[auth(user = crate::Account, crate = ::engine)]
        struct SignUp {
            email: String,
            #[auth(rename = "fullName")]
            full_name: Option<String>,
            #[auth(input_only)]
            code: String,
            password: Password,
        }
    } => [];

    an_enum: { enum SignUp {} } => ["`RegisterSchema` cannot be derived for an enum"];
    a_tuple: { struct SignUp(String); } => ["`RegisterSchema` needs named fields"];
    generic: { struct SignUp<T> { email: T } } => [
        "`SignUp` is a sign-up body and cannot be generic",
    ];
    no_password: { #[auth(user = U)] struct SignUp { email: String } } => [
        "`SignUp` has no field `password`, without which nobody can sign up",
    ];
    no_user: { struct SignUp { password: String } } => [
        "`SignUp` does not say whose sign-up it is",
    ];
    a_user_that_is_no_path: { #[auth(user = "U")] struct SignUp { password: String } } => [
        "`user` expects the path of a struct that derives `AuthUser`",
    ];
    a_relative_crate: { #[auth(user = U, crate = a::b)] struct SignUp { password: String } } => [
        "the path to `crudauth` must be absolute",
    ];

    every_mistake_is_told_once: {
        #[auth(user = U, user = V, input_only, 5)]
        struct SignUp {
            #[auth(register)]
            email: String,
            #[auth(input_onyl, user)]
            a: String,
            #[auth(rename = a)]
            b: String,
            #[auth(rename = "password")]
            c: String,
            #[auth(rename = "b")]
            d: String,
            #[auth(input_only = true)]
            e: String,
            #[auth]
            f: String,
            #[auth(input_only)]
            password: String,
        }
    } => [
        "`user` is given twice for `SignUp`",
        "`input_only` belongs on a field, not on the struct",
        "expected a key, found `5`",
        "`RegisterSchema` has no field key `register`",
        "`RegisterSchema` has no field key `input_onyl`",
        "`user` belongs on the struct, not on a field",
        "`rename` expects a name on the wire, found a name without quotes",
        "`input_only` takes no value",
        "expected `#[auth(..)]` with at least one key",
        "sign-up already has an input named `password`",
        "two fields are called `b` on the wire",
        "`input_only` has no meaning for the password",
    ];
}
