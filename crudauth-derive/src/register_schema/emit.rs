//! From a sign-up body to code.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use super::asserts;
use super::check::{Body, Input};
use super::syntax::Schema;
use crate::attribute::ide;
use crate::payload::{Payload, allow_deprecated, payload_name, read};
use crate::quote::name;

/// `{Schema}Data` is what the new-user hook reads.
const DATA: &str = "Data";

/// The whole expansion.
pub(super) fn emit(schema: &Schema<'_>, body: &Body<'_>) -> TokenStream {
    let (ident, user) = (schema.ident, &schema.user);
    let imports = ide::imports(&schema.runtime, &schema.links);
    let name = payload_name(ident, DATA);
    let asserts = asserts::asserts(schema, body);
    let all = || body.inputs.iter().chain([&body.password]);
    let read = read(all().map(|input| (input.ident, input.ty, input.name.as_str())));
    let broken_rules = broken_rules(schema.has_rules, all());
    let split = split(body, &name);
    let fields = body.inputs.iter().map(|input| (input.ident, input.ty, input.name.as_str()));
    let data = data(schema, fields);
    let allow = allow_deprecated(schema.deprecated);
    quote_mixed! {
        #allow
        const _: () = {
            #imports
            #[allow(unused_imports, reason = "not every struct needs its answers")]
            use __auth::Fallback as _;
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

/// The stub of a schema that could not be derived, so that its uses are no further errors.
pub(super) fn stub(schema: &Schema<'_>) -> TokenStream {
    let (ident, user, runtime) = (schema.ident, &schema.user, &schema.runtime);
    let name = payload_name(ident, DATA);
    let fields = schema.fields.iter().filter(|field| field.ident != "password");
    let data = data(schema, fields.map(|field| (field.ident, field.ty, "..")));
    quote_mixed! {
        #runtime::__private::stub_schema! { #ident, #user, #name }
        #data
    }
}

fn data<'a>(
    schema: &Schema<'a>,
    fields: impl Iterator<Item = (&'a Ident, &'a syn::Type, &'a str)>,
) -> TokenStream {
    let ident = schema.ident.unraw().to_string();
    let allow = allow_deprecated(schema.deprecated);
    let fields = fields.map(|(field, ty, name)| {
        (field, ty, format!("`{ident}::{}`, sent as `{name}`.", field.unraw()))
    });
    let payload = Payload {
        vis: schema.vis,
        name: payload_name(schema.ident, DATA),
        doc: format!("What the new-user hook reads of a [`{ident}`]: all but the password."),
        attributes: quote_mixed! {
            #[allow(dead_code, reason = "a hook reads what it needs")]
            #allow
        },
        fields: fields.collect(),
    };
    payload.declaration()
}

fn broken_rules<'a>(has_rules: bool, all: impl Iterator<Item = &'a Input<'a>>) -> TokenStream {
    let names = all.map(|input| {
        let (own, name) = (input.ident.unraw().to_string(), &input.name);
        quote_mixed!((#own, #name))
    });
    let has_rules = has_rules.then(|| name("garde"));
    quote_mixed! {
        fn broken_rules(&self) -> __auth::Vec<__auth::error::FieldError> {
            __auth::broken_rules!(self, &[#(#names),*], #has_rules)
        }
    }
}

fn split(body: &Body<'_>, data: &Ident) -> TokenStream {
    let given = body.inputs.iter().filter(|input| !input.input_only).map(|input| {
        let (name, copy) = (&input.name, asserts::copy(input));
        quote_mixed!(__inputs.give(#name, #copy);)
    });
    let Input { ident: password, ty, .. } = &body.password;
    let kept = body.inputs.iter().map(|Input { ident, .. }| quote_mixed!(#ident: self.#ident,));
    quote_mixed! {
        fn split(self, __inputs: &mut __auth::error::Inputs) -> (__auth::Password, Self::Data) {
            #(#given)*
            (
                <#ty as __auth::SchemaPassword>::into_password(self.#password),
                #data { #(#kept)* },
            )
        }
    }
}
