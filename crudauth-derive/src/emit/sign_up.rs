//! What a client sends to sign up, and what the new-user hook adds: the structs, and how the runtime
//! reads them.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use super::values::{login_field, text, text_of};
use crate::logical::Logical;
use crate::model::{Field, User};
use crate::payload::{
    OAUTH_FIELDS, PROVISIONED, Payload, REGISTER, allow_deprecated, payload_name, read,
};
use crate::types::is_option;

fn is_provisioned(user: &User<'_>) -> bool {
    user.provisioned().next().is_some()
}

/// The type of what the new-user hook adds.
pub(super) fn provisioned_type(user: &User<'_>) -> TokenStream {
    if !is_provisioned(user) {
        return quote_mixed!(__auth::user::NothingProvisioned);
    }
    let name = payload_name(user.ident, PROVISIONED);
    quote_mixed!(#name)
}

fn needs_form(user: &User<'_>) -> bool {
    user.only_in_form().next().is_some()
}

/// The type of what a sign-up needs and no provider says.
pub(super) fn oauth_fields_type(user: &User<'_>) -> TokenStream {
    if !needs_form(user) {
        return quote_mixed!(__auth::user::NoFormFields);
    }
    let name = payload_name(user.ident, OAUTH_FIELDS);
    quote_mixed!(#name)
}

/// The capability of a struct whose sign-up needs no form.
pub(super) fn nothing_from_form(user: &User<'_>) -> Option<TokenStream> {
    let ident = user.ident;
    (!needs_form(user)).then(|| {
        quote_mixed! {
            #[automatically_derived]
            impl __auth::user::NothingFromForm for #ident {
                fn no_fields() -> __auth::user::NoFormFields {
                    __auth::user::NoFormFields
                }
            }
        }
    })
}

/// The function that makes a sign-up from what a provider says.
pub(super) fn register_by_provider(user: &User<'_>) -> TokenStream {
    let register = payload_name(user.ident, REGISTER);
    let fields = user.sent().map(|(field, _)| {
        let (ident, text) = (field.ident, text_of(field));
        let value = match field.role {
            Some(Logical::Email) => {
                quote_mixed!(<#text>::said(__auth::Option::Some(__email)))
            }
            Some(Logical::Username) => quote_mixed!(<#text>::said(__username)),
            _ if is_option(field.ty) => quote_mixed!(__auth::Option::None),
            _ => quote_mixed!(__fields.#ident),
        };
        quote_mixed!(#ident: #value,)
    });
    quote_mixed! {
        fn register_by_provider(
            __email: &str,
            __username: __auth::Option<&str>,
            __fields: Self::OAuthFields,
        ) -> Self::Register {
            #register { #(#fields)* }
        }
    }
}

/// The structs.
pub(super) fn payloads(user: &User<'_>) -> TokenStream {
    let ident = user.ident.unraw().to_string();
    let payload = |name, doc, fields| {
        let attributes = allow_deprecated(user.written.deprecated).unwrap_or_default();
        Payload { vis: user.written.vis, name, doc, attributes, fields }.declaration()
    };
    let sent = user.sent().map(|(field, wire_name)| {
        let doc = match field.role {
            Some(role) => format!("The logical field `{}`.", role.name()),
            None => format!("`{ident}::{}`, sent as `{wire_name}`.", field.name()),
        };
        (field.ident, field.ty, doc)
    });
    let register = payload(
        payload_name(user.ident, REGISTER),
        format!("What a client may send to sign up as an [`{ident}`], the password aside."),
        sent.collect(),
    );
    let provisioned = is_provisioned(user).then(|| {
        let fields = user.provisioned();
        let fields =
            fields.map(|field| (field.ident, field.ty, format!("`{ident}::{}`.", field.name())));
        let doc = format!("What the new-user hook chooses for a new [`{ident}`].");
        payload(payload_name(user.ident, PROVISIONED), doc, fields.collect())
    });
    let from_form = needs_form(user).then(|| {
        let fields = user.only_in_form();
        let fields =
            fields.map(|field| (field.ident, field.ty, format!("`{ident}::{}`.", field.name())));
        let doc = format!(
            "What a new [`{ident}`] needs and no provider says, where somebody signs up by one."
        );
        payload(payload_name(user.ident, OAUTH_FIELDS), doc, fields.collect())
    });
    quote_mixed!(#register #provisioned #from_form)
}

/// The impls on them, and the types that a `RegisterSchema` is checked against.
pub(super) fn sign_up(user: &User<'_>) -> TokenStream {
    let fields = register_fields(user);
    let ident = user.ident;
    let types = user.sent().map(|(field, name)| {
        let ty = field.ty;
        quote_mixed! {
            #[automatically_derived]
            impl __auth::Sends<{ __auth::name(#name) }, #ty>
                for #ident {}
        }
    });
    let provisioned =
        is_provisioned(user).then(|| clone(&payload_name(ident, PROVISIONED), user.provisioned()));
    let from_form =
        needs_form(user).then(|| clone(&payload_name(ident, OAUTH_FIELDS), user.only_in_form()));
    quote_mixed!(#fields #(#types)* #provisioned #from_form)
}

fn register_fields(user: &User<'_>) -> TokenStream {
    let name = payload_name(user.ident, REGISTER);
    let inputs = user.sent().map(|(field, name)| {
        let column = user.column(field);
        quote_mixed! {
            __auth::user::RegisterInput {
                name: #name,
                required: __auth::is_required::<#column>(),
            }
        }
    });
    let read = read(user.sent().map(|(field, wire_name)| (field.ident, field.ty, wire_name)));
    let visited = user.identities().map(|field| {
        let (ident, name, text) = (field.ident, login_field(field), text_of(field));
        quote_mixed!(<#text>::visit(&mut self.#ident, #name, __visit);)
    });
    let email = text(user.logical(Logical::Email));
    let username = text(user.logical(Logical::Username));
    let recovery = text(user.sent().map(|(field, _)| field).find(|field| field.factor));
    quote_mixed! {
        #[automatically_derived]
        impl __auth::user::RegisterFields for #name {
            const INPUTS: &'static [__auth::user::RegisterInput] = &[#(#inputs),*];

            #read

            fn visit_identities(
                &mut self,
                __visit: &mut dyn __auth::core::ops::FnMut(
                    __auth::user::LoginField,
                    &str,
                ) -> __auth::Option<__auth::String>,
            ) {
                #(#visited)*
            }

            fn email(&self) -> __auth::Option<&str> {
                #email
            }

            fn username(&self) -> __auth::Option<&str> {
                #username
            }

            fn recovery(&self) -> __auth::Option<&str> {
                #recovery
            }
        }
    }
}

/// A payload is `Clone` where its fields are, so that constants can be made of it. The bounds name a lifetime that none of them needs: rustc then checks them only where the `Clone` is
/// used.
fn clone<'a>(name: &Ident, fields: impl Iterator<Item = &'a Field<'a>>) -> TokenStream {
    let fields: Vec<_> = fields.collect();
    let types = fields.iter().map(|field| field.ty);
    let fields = fields.iter().map(|field| {
        let ident = field.ident;
        quote_mixed!(#ident: __auth::Clone::clone(&self.#ident),)
    });
    quote_mixed! {
        #[automatically_derived]
        impl __auth::Clone for #name
        where
            #(for<'__later> #types: __auth::Clone,)*
        {
            fn clone(&self) -> Self {
                Self { #(#fields)* }
            }
        }
    }
}
