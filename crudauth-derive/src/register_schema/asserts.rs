//! What only the compiler can answer: the user struct is another derive's, and so is each type.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

use super::messages;
use super::syntax::{Field, Schema};
use crate::diag::Message;
use crate::types::{Known, known, spell, without_option};

/// Each field against the user struct, and the whole against what a sign-up needs.
pub(super) fn asserts(schema: &Schema<'_>) -> TokenStream {
    let fields = schema.fields.iter().map(|field| {
        if field.input_only { is_input_only(schema, field) } else { may_be_sent(schema, field) }
    });
    let types = schema.fields.iter().map(is_usable);
    let whole = all_sent(schema);
    quote_spanned!(Span::mixed_site()=> #(#fields)* #(#types)* #whole)
}

/// A call in const code whose panic is shown at `at`: the whole call has that place, from the first
/// of the tokens to the last.
fn call(function: &str, at: &impl ToTokens, arguments: TokenStream) -> TokenStream {
    let mut spans = at.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::mixed_site);
    let last = spans.last().unwrap_or(first);
    let function = Ident::new(function, first);
    let function = quote_spanned!(first=> __auth::#function);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    // At the user's place, lints take the path for the user's own.
    quote_spanned! {first=>
        #[allow(unused_qualifications, reason = "the path must be right anywhere")]
        const _: () = #function #arguments;
    }
}

/// Stops the compiler with `mistake` at the tokens `at`, where `answer` is no.
fn require(at: &impl ToTokens, answer: &TokenStream, mistake: &Message) -> TokenStream {
    let mistake = mistake.to_string();
    call("require", at, quote_spanned!(Span::mixed_site()=> #answer, #mistake))
}

fn user_schema(schema: &Schema<'_>) -> TokenStream {
    let user = &schema.user;
    quote_spanned!(Span::mixed_site()=> &<#user as __auth::user::AuthUser>::SCHEMA)
}

fn is_input_only(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (user, name) = (user_schema(schema), &field.name);
    let arguments = quote_spanned!(Span::mixed_site()=> #user, #name);
    call("is_input_only", field.ident, arguments)
}

/// The type counts only where the name is right, so that a wrong name is one mistake.
fn may_be_sent(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (user, ty, name) = (&schema.user, field.ty, &field.name);
    let (user_schema, body) = (user_schema(schema), schema.ident.unraw().to_string());
    let arguments = quote_spanned!(Span::mixed_site()=> #user_schema, #body, #name);
    let is_allowed = call("may_be_sent", field.ident, arguments);
    let answer = quote_spanned! {Span::mixed_site()=>
        !__auth::is_sent(#user_schema, #name)
            || __auth::Sent::<#user, { __auth::name(#name) }, #ty>::AS_SUCH
    };
    let user_name = user.segments.last().map(|last| last.ident.unraw().to_string());
    let mistake = messages::another_type(name, &spell(ty), &body, &user_name.unwrap_or_default());
    let fits = require(ty, &answer, &mistake);
    quote_spanned!(Span::mixed_site()=> #is_allowed #fits)
}

/// What the type of `field` must be able to do, the password's aside: a client sends it, and what
/// is stored is also shown to the hook.
fn is_usable(field: &Field<'_>) -> Option<TokenStream> {
    if is_well_known(field) {
        return None;
    }
    let ty = field.ty;
    let is = quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>);
    let sendable = require(
        ty,
        &quote_spanned!(Span::mixed_site()=> #is::SENDABLE),
        &messages::unsendable(&field.name, &spell(ty)),
    );
    let cloneable = (!field.input_only).then(|| {
        require(
            ty,
            &quote_spanned!(Span::mixed_site()=> #is::CLONEABLE),
            &messages::not_cloneable(&field.name, &spell(ty)),
        )
    });
    Some(quote_spanned!(Span::mixed_site()=> #sendable #cloneable))
}

fn all_sent(schema: &Schema<'_>) -> TokenStream {
    let (user, body) = (&schema.user, schema.ident.unraw().to_string());
    let (user_schema, names) = (user_schema(schema), schema.fields.iter().map(|field| &field.name));
    let arguments = quote_spanned! {Span::mixed_site()=>
        #user_schema,
        <<#user as __auth::user::AuthUser>::Register as __auth::user::RegisterFields>::INPUTS,
        #body,
        &[#(#names),*],
    };
    call("all_sent", schema.ident, arguments)
}

/// The value of `field` out of the request.
pub(super) fn take(field: &Field<'_>) -> TokenStream {
    let (ty, name) = (field.ty, &field.name);
    if is_well_known(field) {
        return quote_spanned!(Span::mixed_site()=> __inputs.take(#name));
    }
    quote_spanned! {Span::mixed_site()=>
        __auth::Is::<#ty>::take(__inputs, #name)
    }
}

/// A second value of `field`: one is stored, one is for the hook.
pub(super) fn copy(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    if is_well_known(field) {
        return quote_spanned!(Span::mixed_site()=> __auth::Clone::clone(&self.#ident));
    }
    quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::copy(&self.#ident))
}

/// Types that everybody knows raise no questions.
fn is_well_known(field: &Field<'_>) -> bool {
    known(without_option(field.ty)).is_some_and(|kind| kind != Known::Bytes)
}
