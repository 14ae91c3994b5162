//! The derive macro of [`crudauth`](https://docs.rs/crudauth), which re-exports it.
//!
//! It works in three phases, each with a type of its own: `syntax` reads the struct as it is
//! written, `check` makes a user of it or reports every reason why it cannot, `emit` writes the
//! code. The expansion itself asks what only the compiler can answer, see `emit/asserts.rs`. Both
//! derives read their attributes by `attribute`, from one table of keys.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diag::Diagnostics;

#[macro_use]
mod quote;

#[macro_use]
mod diag;

mod assert;
mod attribute;
mod check;
mod emit;
mod fallback;
#[macro_use]
mod logical_fields;
mod logical;
mod messages;
mod model;
mod names;
mod payload;
mod register_schema;
mod shape;
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
    let diagnostics = Diagnostics::new();
    let raw = syntax::parse(input, &diagnostics);
    let user = raw.as_ref().and_then(|raw| check::check(raw, &diagnostics));
    match diagnostics.finish(user) {
        Ok((user, warnings)) => emit::emit(&user, &warnings),
        Err(errors) => fallback::expand(input, raw.as_ref(), &errors),
    }
}

#[cfg(test)]
mod tests;
