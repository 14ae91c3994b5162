//! The stub of a user that could not be derived.
//!
//! A type without `AuthUser` would be an error at each of its uses, on top of the mistake itself.
//! The stub has every trait and the names of the payload types, so that only the mistakes are
//! left to read. It is never run: its `compile_error!`s see to that.

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_quote};

use crate::logical::{Logical, Property};
use crate::payload::{OAUTH_FIELDS, PROVISIONED, Payload, REGISTER, payload_name};
use crate::quote::name;
use crate::syntax::{Field, Source, User};
use crate::types::{is_option, may_identify};

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
    let ident = &input.ident;
    let fields = raw.map_or(&[][..], |raw| &raw.fields);
    let runtime = raw.map_or_else(|| parse_quote!(::crudauth), |raw| raw.runtime.clone());
    let id = fields
        .iter()
        .find(|field| role(field) == Some(Logical::Id) && may_identify(field.ty))
        .map_or_else(|| parse_quote!(#runtime::__private::core::primitive::i32), |f| f.ty.clone());
    let tenant = fields.iter().find(|field| field.tenant.is_some() && may_identify(field.ty));
    let tenant = tenant.map_or_else(
        || parse_quote!(#runtime::__private::user::NoTenant),
        |field| field.ty.clone(),
    );
    let [register, provisioned, oauth_fields] =
        [REGISTER, PROVISIONED, OAUTH_FIELDS].map(|suffix| payload_name(ident, suffix));
    let payload = |name, is_part: fn(&Field<'_>) -> bool| {
        let part = fields.iter().filter(|field| is_part(field));
        let fields = part.map(|field| (field.ident, field.ty, "A stand-in.".to_owned()));
        let doc = "A stand-in: the derive has failed.".to_owned();
        let attributes = quote_mixed!(#[allow(dead_code, reason = "nothing builds a stand-in")]);
        Payload { vis: &input.vis, name, doc, attributes, fields: fields.collect() }.declaration()
    };
    let sent = payload(register.clone(), may_be_sent);
    let from_form = payload(oauth_fields.clone(), is_from_form);
    let filled = payload(provisioned.clone(), |field| field.says(Source::Provisioned));
    let capabilities = Logical::capabilities().map(|(_, capability)| name(capability));
    quote_mixed! {
        #runtime::__private::stub_user! {
            #ident, #id, #tenant, #register, #provisioned, #oauth_fields, [#(#capabilities)* HasRecovery HasTenant HasSecondFactor SignsInByProviders MadeOfAddress]
        }
        #sent
        #filled
        #from_form
    }
}

fn may_be_sent(field: &Field<'_>) -> bool {
    field.says(Source::Register) || role(field).is_some_and(|role| role.is(Property::Identifies))
}

fn is_from_form(field: &Field<'_>) -> bool {
    field.says(Source::Register)
        && !role(field).is_some_and(|role| role.is(Property::Identifies))
        && !is_option(field.ty)
}

fn role(field: &Field<'_>) -> Option<Logical> {
    match &field.logical {
        Some(declared) => Logical::from_name(&declared.value.value()),
        None => Logical::from_name(&field.name()),
    }
}
