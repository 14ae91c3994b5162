//! Quoting with hygiene.

use proc_macro2::{Ident, Span};

/// `quote!`, with local names that the user's code can neither see nor shadow.
macro_rules! quote_mixed {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*)
    };
}

/// A name of the runtime, as a token.
pub(crate) fn name(text: &str) -> Ident {
    Ident::new(text, Span::mixed_site())
}
