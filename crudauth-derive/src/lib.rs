//! The derive macro of crudauth.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diag::Diagnostics;

mod check;
mod diag;
mod emit;
mod fallback;
mod keys;
mod logical;
mod messages;
mod model;
mod syntax;

/// docs
#[proc_macro_derive(AuthUser, attributes(auth, diesel))]
pub fn derive_auth_user(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse(input) {
        Ok(input) => derive(&input).into(),
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
