//! What only the compiler can answer: the user struct is another derive's, and so is each type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;

use super::messages;
use super::syntax::{Field, Schema};
use crate::diag::{Advice, Message};
use crate::types::{Known, known, spell, without_option};

/// Each field against the user struct, and the whole against what a sign-up needs.
pub(super) fn asserts(schema: &Schema<'_>) -> TokenStream {
    let fields = schema.fields.iter().map(|field| {
        if field.input_only { is_input_only(schema, field) } else { may_be_sent(schema, field) }
    });
    let whole = all_sent(schema);
    quote_spanned!(Span::mixed_site()=> #(#fields)* #whole)
}

/// A call in const code whose panic is shown at `at`: the whole call has that place.
fn call(schema: &Schema<'_>, function: &str, at: Span, arguments: &TokenStream) -> TokenStream {
    let (runtime, function) = (&schema.runtime, Ident::new(function, at));
    let function: TokenStream = quote_spanned!(at=> #runtime::__private::#function)
        .into_iter()
        .map(|mut token| {
            token.set_span(at);
            token
        })
        .collect();
    // At the user's place, lints take the path for the user's own.
    quote_spanned! {at=>
        #[allow(unused_qualifications, reason = "the path must be right anywhere")]
        const _: () = #function(#arguments);
    }
}

fn user_schema(schema: &Schema<'_>) -> TokenStream {
    let (runtime, user) = (&schema.runtime, &schema.user);
    quote_spanned!(Span::mixed_site()=> &<#user as #runtime::user::AuthUser>::SCHEMA)
}

fn is_input_only(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (user, name) = (user_schema(schema), &field.name);
    let arguments = quote_spanned!(Span::mixed_site()=> #user, #name);
    call(schema, "is_input_only", field.ident.span(), &arguments)
}

/// The type counts only where the name is right, so that a wrong name is one mistake.
fn may_be_sent(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, user, ty, name) = (&schema.runtime, &schema.user, field.ty, &field.name);
    let (user_schema, body) = (user_schema(schema), schema.ident.unraw().to_string());
    let arguments = quote_spanned!(Span::mixed_site()=> #user_schema, #body, #name);
    let is_allowed = call(schema, "may_be_sent", field.ident.span(), &arguments);
    let fits = named("Fits", field.ident);
    let user_name = user.segments.last().map(|last| last.ident.unraw().to_string());
    let text = on_unimplemented(
        &messages::another_type(name, &spell(ty), &body, &user_name.unwrap_or_default()),
        "not the type of the user's field",
    );
    quote_spanned! {Span::mixed_site()=>
        #is_allowed
        const _: () = {
            #text
            trait #fits<const SENT: bool> { const OK: () = (); }
            #[diagnostic::do_not_recommend]
            impl<T> #fits<true> for T
            where
                #user: #runtime::__private::Sends<{ #runtime::__private::name(#name) }, T>,
            {}
            #[diagnostic::do_not_recommend]
            impl<T> #fits<false> for T {}
            <#ty as #fits<{ #runtime::__private::is_sent(#user_schema, #name) }>>::OK
        };
    }
}

fn all_sent(schema: &Schema<'_>) -> TokenStream {
    let (runtime, user, body) = (&schema.runtime, &schema.user, schema.ident.unraw().to_string());
    let (user_schema, names) = (user_schema(schema), schema.fields.iter().map(|field| &field.name));
    let arguments = quote_spanned! {Span::mixed_site()=>
        #user_schema,
        <<#user as #runtime::user::AuthUser>::Register as #runtime::user::RegisterFields>::INPUTS,
        #body,
        &[#(#names),*],
    };
    call(schema, "all_sent", schema.ident.span(), &arguments)
}

/// The value of `field` out of the request.
pub(super) fn take(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, ty, name) = (&schema.runtime, field.ty, &field.name);
    if is_well_known(field) {
        return quote_spanned!(Span::mixed_site()=> __inputs.take(#name));
    }
    let takes = named("Takes", field.ident);
    let text = on_unimplemented(&messages::unsendable(name, &spell(ty)), "cannot be deserialized");
    quote_spanned! {Span::mixed_site()=>
        {
            #text
            trait #takes: #runtime::__private::core::marker::Sized {
                fn take(__inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self>;
            }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::DeserializeOwned + 'static> #takes for T {
                fn take(__inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self> {
                    __inputs.take(#name)
                }
            }
            <#ty as #takes>::take(__inputs)
        }
    }
}

/// A second value of `field`: one is stored, one is for the hook.
pub(super) fn copy(schema: &Schema<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, ident, ty) = (&schema.runtime, field.ident, field.ty);
    if is_well_known(field) {
        return quote_spanned!(Span::mixed_site()=> #runtime::__private::Clone::clone(&self.#ident));
    }
    let copies = named("Copies", ident);
    let text =
        on_unimplemented(&messages::not_cloneable(&field.name, &spell(ty)), "cannot be cloned");
    quote_spanned! {Span::mixed_site()=>
        {
            #text
            trait #copies {
                fn copy(&self) -> Self;
            }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::Clone> #copies for T {
                fn copy(&self) -> Self {
                    #runtime::__private::Clone::clone(self)
                }
            }
            <#ty as #copies>::copy(&self.#ident)
        }
    }
}

/// Types that everybody knows raise no questions.
fn is_well_known(field: &Field<'_>) -> bool {
    known(without_option(field.ty)).is_some_and(|kind| kind != Known::Bytes)
}

fn on_unimplemented(message: &Message, label: &str) -> TokenStream {
    let fact = escape(&message.fact);
    let notes = message.advice.iter().map(|advice| match advice {
        Advice::Help(text) | Advice::Note(text) => escape(text),
    });
    quote_spanned! {Span::mixed_site()=>
        #[diagnostic::on_unimplemented(message = #fact, label = #label, #(note = #notes),*)]
    }
}

/// `on_unimplemented` reads braces as parameters.
fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The name of a trait that asks something of the field with this name.
fn named(verb: &str, field: &Ident) -> Ident {
    let mut name = String::new();
    for word in field.unraw().to_string().split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(letters);
    }
    format_ident!("{verb}{name}", span = Span::mixed_site())
}
