//! How code is quoted: the names of the expansion itself are out of the user's sight.

use proc_macro2::{Ident, Span};

/// `quote!`, whose local names no code of the user can see or shadow.
macro_rules! quote_mixed {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

/// A name of the runtime, as a token.
pub(crate) fn name(text: &str) -> Ident {
    Ident::new(text, Span::mixed_site())
}
