//! What only the compiler can answer: the user struct is another derive's, and so is each type.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use super::check::{Body, Input};
use super::messages;
use super::syntax::Schema;
use crate::assert::{call, require};
use crate::types::{everybody_can_send, spell};

/// Checks each field against the user struct, and the whole against what a sign-up needs.
pub(super) fn asserts(schema: &Schema<'_>, body: &Body<'_>) -> TokenStream {
    let fields = body.inputs.iter().map(|input| {
        if input.input_only { is_input_only(schema, input) } else { may_be_sent(schema, input) }
    });
    let types = body.inputs.iter().filter_map(is_usable);
    let whole = all_sent(schema, body);
    // A panic ends the block that it is in, and no other.
    let blocks = fields.chain(types).chain([whole]);
    quote_mixed! {
        #(
            // At the user's place, lints take the path for the user's own.
            #[allow(unused_qualifications, reason = "the path must be right anywhere")]
            const _: () = { #blocks };
        )*
    }
}

fn user_schema(schema: &Schema<'_>) -> TokenStream {
    let user = &schema.user;
    quote_mixed!(&<#user as __auth::user::AuthUser>::SCHEMA)
}

fn is_input_only(schema: &Schema<'_>, input: &Input<'_>) -> TokenStream {
    let (user, name) = (user_schema(schema), &input.name);
    call("is_input_only", input.ident, quote_mixed!(#user, #name))
}

/// Checks the name, then the type. A wrong name ends the block, so that it is one error.
fn may_be_sent(schema: &Schema<'_>, input: &Input<'_>) -> TokenStream {
    let (user, ty, name) = (&schema.user, input.ty, &input.name);
    let (user_schema, body) = (user_schema(schema), schema.ident.unraw().to_string());
    let is_allowed = call("may_be_sent", input.ident, quote_mixed!(#user_schema, #body, #name));
    let answer = quote_mixed! {
        !__auth::is_sent(#user_schema, #name)
            || __auth::Sent::<#user, { __auth::name(#name) }, #ty>::AS_SUCH
    };
    let user_name = user.segments.last().map(|last| last.ident.unraw().to_string());
    let mistake = messages::another_type(name, &spell(ty), &body, &user_name.unwrap_or_default());
    let fits = require(ty, &answer, &mistake);
    quote_mixed!(#is_allowed #fits)
}

/// Checks that a client can send the value, and that a value that is stored can be cloned for the
/// hook.
fn is_usable(input: &Input<'_>) -> Option<TokenStream> {
    let ty = input.ty;
    if everybody_can_send(ty) {
        return None;
    }
    let is = quote_mixed!(__auth::Is::<#ty>);
    let unsendable = crate::messages::unsendable(&input.name, &spell(ty), false);
    let sendable = require(ty, &quote_mixed!(#is::SENDABLE), &unsendable);
    let cloneable = (!input.input_only).then(|| {
        let not_cloneable = messages::not_cloneable(&input.name, &spell(ty));
        require(ty, &quote_mixed!(#is::CLONEABLE), &not_cloneable)
    });
    Some(quote_mixed!(#sendable #cloneable))
}

fn all_sent(schema: &Schema<'_>, body: &Body<'_>) -> TokenStream {
    let (user, name) = (&schema.user, schema.ident.unraw().to_string());
    let (user_schema, names) = (user_schema(schema), body.inputs.iter().map(|input| &input.name));
    let arguments = quote_mixed! {
        #user_schema,
        <<#user as __auth::user::AuthUser>::Register as __auth::user::RegisterFields>::INPUTS,
        #name,
        &[#(#names),*],
    };
    call("all_sent", schema.ident, arguments)
}

/// A second value of a field: one is stored, one is for the hook.
pub(super) fn copy(input: &Input<'_>) -> TokenStream {
    let (ident, ty) = (input.ident, input.ty);
    if everybody_can_send(ty) {
        return quote_mixed!(__auth::Clone::clone(&self.#ident));
    }
    quote_mixed!(__auth::Is::<#ty>::copy(&self.#ident))
}
