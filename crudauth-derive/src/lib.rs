//! The derive macro of [`crudauth`](https://docs.rs/crudauth), which re-exports it.
//!
//! It works in three phases, each with a type of its own: `syntax` reads the struct as it is
//! written, `check` makes a user of it or reports every reason why it is none, `emit` writes the
//! code. What only the compiler can answer is asked by the code itself, see `emit/asserts.rs`.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diag::Diagnostics;

mod check;
mod diag;
mod emit;
mod fallback;
mod keys;
mod links;
mod logical;
mod messages;
mod model;
mod names;
mod register_schema;
mod syntax;
mod types;

#[doc = include_str!("../docs/auth_user.md")]
///
/// # The whole expansion
///
/// ```rust,ignore
#[doc = include_str!("../expansions/account.rs")]
/// ```
#[proc_macro_derive(AuthUser, attributes(auth, diesel))]
pub fn derive_auth_user(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse(input) {
        Ok(input) => derive(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

#[doc = include_str!("../docs/register_schema.md")]
#[proc_macro_derive(RegisterSchema, attributes(auth))]
pub fn derive_register_schema(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse(input) {
        Ok(input) => register_schema::derive(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// Syntax, then check, then code; or every mistake at once, and a stub.
fn derive(input: &DeriveInput) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let raw = syntax::parse(input, &mut diagnostics);
    let user = raw.as_ref().and_then(|raw| check::check(raw, &mut diagnostics));
    match diagnostics.finish(user) {
        Ok(user) => emit::emit(&user),
        Err(errors) => fallback::expand(input, raw.as_ref(), &errors),
    }
}

#[cfg(test)]
mod tests;
