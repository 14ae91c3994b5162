//! The stub of a user that could not be derived.
//!
//! A type without `AuthUser` would be an error at each of its uses, on top of the mistake itself.
//! The stub has every trait and the names of the payload types, so that only the mistakes are
//! left to read. It is never run: its `compile_error!`s see to that.

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_quote};

use crate::emit::{provisioned_name, register_name};
use crate::logical::{Logical, Property};
use crate::quote::name;
use crate::syntax::{Field, Source, User};
use crate::types::may_identify;

/// The errors, and the stub where one is possible.
pub(crate) fn expand(
    input: &DeriveInput,
    raw: Option<&User<'_>>,
    errors: &TokenStream,
) -> TokenStream {
    let stub = input.generics.params.is_empty().then(|| stub(input, raw));
    quote_mixed!(#errors #stub)
}

fn stub(input: &DeriveInput, raw: Option<&User<'_>>) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let fields = raw.map_or(&[][..], |raw| &raw.fields);
    let runtime = raw.map_or_else(|| parse_quote!(::crudauth), |raw| raw.runtime.clone());
    let id = fields
        .iter()
        .find(|field| role(field) == Some(Logical::Id) && may_identify(field.ty))
        .map_or_else(|| parse_quote!(#runtime::__private::core::primitive::i32), |f| f.ty.clone());
    let (register, provisioned) = (register_name(ident), provisioned_name(ident));
    let sent = fields.iter().filter(|field| may_be_sent(field)).map(declaration);
    let filled = fields.iter().filter(|field| field.says(Source::Provisioned)).map(declaration);
    let capabilities = Logical::capabilities().map(|(_, capability)| name(capability));
    quote_mixed! {
        #runtime::__private::stub_user! {
            #ident, #id, #register, #provisioned, [#(#capabilities)* HasRecovery]
        }

        #[doc = "A stand-in: the derive has failed."]
        #[allow(dead_code, reason = "nothing builds a stand-in")]
        #vis struct #register { #(#sent)* }

        #[doc = "A stand-in: the derive has failed."]
        #[allow(dead_code, reason = "nothing builds a stand-in")]
        #vis struct #provisioned { #(#filled)* }
    }
}

fn declaration(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    quote_mixed!(#[doc = "A stand-in."] pub #ident: #ty,)
}

fn may_be_sent(field: &Field<'_>) -> bool {
    field.says(Source::Register) || role(field).is_some_and(|role| role.is(Property::Identifies))
}

fn role(field: &Field<'_>) -> Option<Logical> {
    match &field.logical {
        Some(declared) => Logical::from_name(&declared.value.value()),
        None => Logical::from_name(&field.name()),
    }
}
