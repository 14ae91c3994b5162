//! `#[derive(RegisterSchema)]`: a sign-up body of the application's own.
//!
//! It goes the way of `AuthUser`: `syntax` reads the struct, `check` makes a body of it, `emit`
//! writes the code. What the user struct has to say, the code asks of it.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diag::Diagnostics;

mod asserts;
mod check;
mod emit;
mod messages;
mod syntax;
#[cfg(test)]
mod tests;

/// The code; or every mistake at once, and a stub.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let diagnostics = Diagnostics::new();
    let schema = syntax::parse(input, &diagnostics);
    let body = schema.as_ref().and_then(|schema| {
        let body = check::check(schema, &diagnostics)?;
        Some((schema, body))
    });
    match diagnostics.finish(body) {
        Ok(((schema, body), _)) => emit::emit(schema, &body),
        Err(errors) => {
            let stub = schema.as_ref().map(emit::stub);
            quote_mixed!(#errors #stub)
        }
    }
}
