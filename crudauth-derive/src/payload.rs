//! The structs that both derives generate, and how the runtime reads one from a request.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Type, Visibility};

use crate::types::everybody_can_send;

/// A generated struct that is part of the user's API.
pub(crate) struct Payload<'a> {
    pub(crate) vis: &'a Visibility,
    pub(crate) name: Ident,
    pub(crate) doc: String,
    /// Attributes other than its documentation.
    pub(crate) attributes: TokenStream,
    pub(crate) fields: Vec<(&'a Ident, &'a Type, String)>,
}

impl Payload<'_> {
    pub(crate) fn declaration(&self) -> TokenStream {
        let Self { vis, name, doc, attributes, fields } = self;
        let fields =
            fields.iter().map(|(field, ty, doc)| quote_mixed!(#[doc = #doc] pub #field: #ty,));
        quote_mixed! {
            #[doc = #doc]
            #attributes
            #vis struct #name {
                #(#fields)*
            }
        }
    }
}

/// The endings that the name of a user's struct gets for the types of the sign-up body, of the hook's
/// fields, and of what no provider says.
pub(crate) const REGISTER: &str = "Register";
pub(crate) const PROVISIONED: &str = "Provisioned";
pub(crate) const OAUTH_FIELDS: &str = "OAuthFields";

/// `{Struct}{suffix}`.
pub(crate) fn payload_name(item: &Ident, suffix: &str) -> Ident {
    format_ident!("{}{suffix}", item.unraw(), span = proc_macro2::Span::mixed_site())
}

/// A function that reads the fields from what a client sent, each by its name on the wire.
pub(crate) fn read<'a>(
    fields: impl Iterator<Item = (&'a Ident, &'a Type, &'a str)>,
) -> TokenStream {
    let (mut taken, mut assigned) = (Vec::new(), Vec::new());
    for (place, (ident, ty, wire_name)) in fields.enumerate() {
        let place = Literal::usize_unsuffixed(place);
        taken.push(take(ty, wire_name));
        assigned.push(quote_mixed!(#ident: __taken.#place?,));
    }
    quote_mixed! {
        fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
            // All are taken before any is unwrapped, so that all mistakes are reported.
            let __taken = (#(#taken,)*);
            __auth::Option::Some(Self { #(#assigned)* })
        }
    }
}

fn take(ty: &Type, wire_name: &str) -> TokenStream {
    if everybody_can_send(ty) {
        return quote_mixed!(__inputs.take(#wire_name));
    }
    quote_mixed!(__auth::Is::<#ty>::take(__inputs, #wire_name))
}

/// Keeps the expansion of a deprecated struct from warning about it.
pub(crate) fn allow_deprecated(deprecated: bool) -> Option<TokenStream> {
    deprecated.then(|| {
        quote_mixed! {
            #[allow(deprecated, reason = "the struct itself is deprecated")]
        }
    })
}
