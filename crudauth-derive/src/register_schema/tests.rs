//! Mistakes in the struct itself that no case of `tests/ui/fail/register_schema` shows.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::{check, syntax};
use crate::diag::Diagnostics;

/// The first line of each mistake.
fn mistakes_in(item: TokenStream) -> Vec<String> {
    let input: DeriveInput = syn::parse2(item).unwrap();
    let diagnostics = Diagnostics::new();
    if let Some(schema) = syntax::parse(&input, &diagnostics) {
        check::check(&schema, &diagnostics);
    }
    let first_line = |message: &String| message.lines().next().unwrap_or_default().to_owned();
    diagnostics.into_messages().iter().map(first_line).collect()
}

#[test]
fn a_sign_up_body_cannot_be_generic() {
    let item = quote! { struct SignUp<T> { email: T } };
    assert_eq!(mistakes_in(item), ["`SignUp` is a sign-up body and cannot be generic"]);
}

#[test]
fn every_mistake_is_reported_once() {
    let item = quote! {
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
    };
    let expected = [
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
    assert_eq!(mistakes_in(item), expected);
}
