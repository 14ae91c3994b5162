//! From a schema to code.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;

use super::asserts;
use super::syntax::{Field, Schema};
use crate::links;

/// The whole expansion.
pub(super) fn emit(schema: &Schema<'_>) -> TokenStream {
    let (ident, user) = (schema.ident, &schema.user);
    let imports = links::imports(&schema.runtime, &schema.links);
    let name = data_name(ident);
    let asserts = asserts::asserts(schema);
    let read = read(schema);
    let broken_rules = broken_rules(schema);
    let split = split(schema);
    let data = data(schema);
    let allow = allow_deprecated(schema);
    quote_spanned! {Span::mixed_site()=>
        #allow
        const _: () = {
            #imports
            #[allow(unused_imports, reason = "not every struct needs its answers")]
            use __auth::Otherwise as _;
            #[automatically_derived]
            impl __auth::user::RegisterSchema for #ident {
                type User = #user;
                type Data = #name;

                #read
                #broken_rules
                #split
            }
            #asserts
        };
        #data
    }
}

/// What stands in for a schema that could not be derived, so that its uses say nothing.
pub(super) fn stub(schema: &Schema<'_>) -> TokenStream {
    let (ident, user) = (schema.ident, &schema.user);
    let imports = links::imports(&schema.runtime, &[]);
    let name = data_name(ident);
    let data = data(schema);
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #imports
            #[automatically_derived]
            impl __auth::user::RegisterSchema for #ident {
                type User = #user;
                type Data = #name;

                fn read(_: &mut __auth::error::Inputs) -> __auth::Option<Self> {
                    __auth::stub()
                }

                fn broken_rules(
                    &self,
                ) -> __auth::Vec<__auth::error::FieldError> {
                    __auth::stub()
                }

                fn split(
                    self,
                    _: &mut __auth::error::Inputs,
                ) -> (__auth::Password, Self::Data) {
                    __auth::stub()
                }
            }
        };
        #data
    }
}

/// `{Schema}Data`.
fn data_name(schema: &Ident) -> Ident {
    format_ident!("{}Data", schema.unraw(), span = Span::mixed_site())
}

fn data(schema: &Schema<'_>) -> TokenStream {
    let (vis, ident) = (schema.vis, schema.ident.unraw().to_string());
    let name = data_name(schema.ident);
    let doc = format!("What the new-user hook reads of a [`{ident}`]: all but the password.");
    let fields = schema.fields.iter().map(|field| {
        let (name, ty) = (field.ident, field.ty);
        let doc = format!("`{ident}::{}`, sent as `{}`.", name.unraw(), field.name);
        quote_spanned!(Span::mixed_site()=> #[doc = #doc] pub #name: #ty,)
    });
    let allow = allow_deprecated(schema);
    quote_spanned! {Span::mixed_site()=>
        #allow
        #[doc = #doc]
        #[allow(dead_code, reason = "a hook reads what it needs")]
        #vis struct #name {
            #(#fields)*
        }
    }
}

/// Every field of the struct, the password last.
fn all<'a, 'b>(schema: &'b Schema<'a>) -> impl Iterator<Item = &'b Field<'a>> {
    schema.fields.iter().chain(&schema.password)
}

fn read(schema: &Schema<'_>) -> TokenStream {
    let taken = all(schema).map(asserts::take);
    let assigned = all(schema).enumerate().map(|(place, Field { ident, .. })| {
        let place = Literal::usize_unsuffixed(place);
        quote_spanned!(Span::mixed_site()=> #ident: __taken.#place?,)
    });
    quote_spanned! {Span::mixed_site()=>
        fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
            // All are taken before any is unwrapped, so that all mistakes are reported.
            let __taken = (#(#taken,)*);
            __auth::Option::Some(Self { #(#assigned)* })
        }
    }
}

fn broken_rules(schema: &Schema<'_>) -> TokenStream {
    let names = all(schema).map(|field| {
        let (own, name) = (field.ident.unraw().to_string(), &field.name);
        quote_spanned!(Span::mixed_site()=> (#own, #name))
    });
    let has_rules = schema.has_rules.then(|| Ident::new("garde", Span::mixed_site()));
    quote_spanned! {Span::mixed_site()=>
        fn broken_rules(&self) -> __auth::Vec<__auth::error::FieldError> {
            __auth::broken_rules!(self, &[#(#names),*], #has_rules)
        }
    }
}

fn split(schema: &Schema<'_>) -> TokenStream {
    let name = data_name(schema.ident);
    let given = schema.fields.iter().filter(|field| !field.input_only).map(|field| {
        let (name, copy) = (&field.name, asserts::copy(field));
        quote_spanned!(Span::mixed_site()=> __inputs.give(#name, #copy);)
    });
    let password = schema.password.iter().map(|Field { ident, ty, .. }| {
        quote_spanned! {Span::mixed_site()=>
            <#ty as __auth::SchemaPassword>::into_password(self.#ident)
        }
    });
    let kept = schema
        .fields
        .iter()
        .map(|Field { ident, .. }| quote_spanned!(Span::mixed_site()=> #ident: self.#ident,));
    quote_spanned! {Span::mixed_site()=>
        fn split(self, __inputs: &mut __auth::error::Inputs) -> (__auth::Password, Self::Data) {
            #(#given)*
            (#(#password,)* #name { #(#kept)* })
        }
    }
}

/// Who deprecates a struct does not want to hear of it from the derive.
fn allow_deprecated(schema: &Schema<'_>) -> Option<TokenStream> {
    schema.deprecated.then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(deprecated, reason = "the struct itself is deprecated")]
        }
    })
}
