//! `#[derive(RegisterSchema)]`: a sign-up body of the application's own.
//!
//! It goes the way of `AuthUser`: `syntax` reads the struct and finds every mistake that is in
//! it, `emit` writes the code. What the user struct has to say, the code asks of it.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::DeriveInput;

use crate::diag::Diagnostics;

mod asserts;
mod emit;
mod messages;
mod syntax;
#[cfg(test)]
mod tests;

/// The code; or every mistake at once, and a stub.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let schema = syntax::parse(input, &mut diagnostics);
    let complete = schema.as_ref().filter(|schema| schema.password.is_some());
    match diagnostics.finish(complete) {
        Ok(schema) => emit::emit(schema),
        Err(errors) => {
            let stub = schema.as_ref().map(emit::stub);
            quote_spanned!(Span::mixed_site()=> #errors #stub)
        }
    }
}
