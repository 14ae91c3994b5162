//! Questions that only the compiler can answer, asked so that its answer is in the user's words.
//!
//! Each is a constant of the runtime that says yes or no of a type, and a call that stops the
//! compiler with the text of the mistake where it says no. The call has the place of the token
//! that is wrong. What a field is asked, it is asked in turn, so that a field is one mistake.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

use super::row::is_written;
use crate::diag::Message;
use crate::logical::{Kind, Logical};
use crate::messages;
use crate::model::{Field, Fill, User, Warning};
use crate::names::carries_power;
use crate::types::{Known, is_option, known, spell, without_option};

/// The checks of every field against its column, and of the table against the struct.
pub(super) fn asserts(user: &User<'_>) -> TokenStream {
    let on = backends(user);
    let fields =
        user.fields.iter().enumerate().map(|(place, field)| field_is_right(user, place, field));
    let key = id_is_the_key(user);
    let coverage = columns_are_filled(user);
    quote_spanned! {Span::mixed_site()=>
        type __On = #on;
        #(#fields)*
        #key
        #coverage
    }
}

/// The backends that the fields must fit, as a type.
fn backends(user: &User<'_>) -> TokenStream {
    match &user.backends {
        None => quote_spanned!(Span::mixed_site()=> __auth::backend::Every),
        Some(backends) => {
            backends.iter().rfold(quote_spanned!(Span::mixed_site()=> ()), |rest, backend| {
                let backend = proc_macro2::Ident::new(backend.variant(), Span::mixed_site());
                quote_spanned! {Span::mixed_site()=>
                    (__auth::backend::#backend, #rest)
                }
            })
        }
    }
}

/// C32 to C34 where the name of the type does not tell, C27, then C52 or C50, then C49.
fn field_is_right(user: &User<'_>, place: usize, field: &Field<'_>) -> TokenStream {
    let (ty, column) = (field.ty, user.column(field));
    let role = plays_its_role(user, field);
    let readable = require(
        ty,
        &quote_spanned!(Span::mixed_site()=> __Field::READABLE),
        &messages::unreadable(&field.name(), &user.column_name(field), &spell(ty)),
    );
    let may_stay_empty = (field.fill == Fill::Null).then(|| {
        require(
            field.ident,
            &quote_spanned!(Span::mixed_site()=> __auth::admits_null::<#column>()),
            &messages::unfilled(
                &user.column_name(field),
                carries_power(&field.ident.unraw().to_string())
                    || carries_power(&field.column.unraw().to_string()),
            ),
        )
    });
    let writable = is_written(user, place, field).then(|| {
        require(
            ty,
            &quote_spanned!(Span::mixed_site()=> __Field::WRITABLE),
            &messages::unwritable(&spell(ty), &user.column_name(field)),
        )
    });
    let sendable = can_be_sent(user, field);
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            type __Field = __auth::Field<#ty, #column, __On>;
            #role
            #readable
            #may_stay_empty
            #writable
            #sendable
        };
    }
}

/// C32 to C34, C39 and C40, asked of a type whose name says nothing.
fn plays_its_role(user: &User<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let ty = field.ty;
    if field.logical == Some(Logical::Id) {
        return Some(id_is_usable(field));
    }
    if known(without_option(ty)).is_some() {
        return None;
    }
    let is = quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>);
    let any_text = quote_spanned!(Span::mixed_site()=> #is::TEXT || #is::OPTIONAL_TEXT);
    let logs_in = user.login_fields().any(|login| login.ident == field.ident);
    let recovers = user.recovery_factor().is_some_and(|factor| factor.ident == field.ident);
    let (answer, mistake) = match field.logical {
        Some(logical) => {
            let answer = match logical.kind() {
                Kind::Text => any_text,
                Kind::Flag => quote_spanned!(Span::mixed_site()=> #is::FLAG),
                Kind::Epoch => quote_spanned!(Span::mixed_site()=> #is::EPOCH),
                // A public trait of the runtime asks these, in its own words.
                Kind::Id | Kind::Moment | Kind::Step => return None,
            };
            (answer, messages::wrong_type(logical, &spell(ty)))
        }
        None if logs_in => (any_text, messages::login_by_no_text(&field.name(), &spell(ty))),
        None if recovers => {
            let factor = user.recovery?.factor;
            (any_text, messages::recovery_by_no_text(factor, &spell(ty)))
        }
        None => return None,
    };
    let plays = require(ty, &answer, &mistake);
    let always_there = (logs_in && !is_option(ty)).then(|| {
        require(
            ty,
            &quote_spanned!(Span::mixed_site()=> #is::TEXT),
            &messages::login_by_optional(&field.name()),
        )
    });
    Some(quote_spanned!(Span::mixed_site()=> #plays #always_there))
}

/// C35, and whether something makes the id of a new user.
fn id_is_usable(id: &Field<'_>) -> TokenStream {
    let ty = id.ty;
    let is = quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>);
    let usable = known(ty).is_none().then(|| {
        let answer = quote_spanned!(Span::mixed_site()=> #is::ID);
        require(ty, &answer, &messages::unusable_id(&spell(ty)))
    });
    let has_source = (id.fill == Fill::Crudauth).then(|| {
        let answer = quote_spanned!(Span::mixed_site()=> #is::NEW_ID);
        require(ty, &answer, &messages::no_new_id(&spell(ty)))
    });
    quote_spanned!(Span::mixed_site()=> #usable #has_source)
}

/// C49, not asked of types that everybody knows.
fn can_be_sent(user: &User<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let ty = field.ty;
    if !matches!(field.fill, Fill::Client { .. }) || everybody_can_send(field) {
        return None;
    }
    let chosen =
        field.logical.is_none() && !user.login_fields().any(|login| login.ident == field.ident);
    Some(require(
        ty,
        &quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::SENDABLE),
        &messages::unsendable(&field.name(), &spell(ty), chosen),
    ))
}

fn everybody_can_send(field: &Field<'_>) -> bool {
    known(without_option(field.ty)).is_some_and(|kind| kind != Known::Bytes)
}

/// Takes the value of a field from what a client sent.
pub(super) fn take(field: &Field<'_>, wire_name: &str) -> TokenStream {
    let ty = field.ty;
    if everybody_can_send(field) {
        return quote_spanned!(Span::mixed_site()=> __inputs.take(#wire_name));
    }
    quote_spanned! {Span::mixed_site()=>
        __auth::Is::<#ty>::take(__inputs, #wire_name)
    }
}

/// C25.
fn id_is_the_key(user: &User<'_>) -> TokenStream {
    let (table, column) = (&user.table, user.column(user.id()));
    let same = quote_spanned! {Span::mixed_site()=>
        __auth::Both::<
            #column,
            <#table::table as __auth::diesel::Table>::PrimaryKey,
        >::SAME
    };
    let mistake = messages::not_the_key(&user.column_name(user.id()), &user.table_name());
    let require = require(user.id().ident, &same, &mistake);
    quote_spanned!(Span::mixed_site()=> const _: () = { #require };)
}

/// C53. The struct's own columns count as filled here: C52 speaks for those.
fn columns_are_filled(user: &User<'_>) -> TokenStream {
    let table = &user.table;
    let (user_name, table_name) = (user.ident.to_string(), user.table_name());
    let known = user.fields.iter().map(|field| user.column(field)).chain(
        user.db_default.iter().map(|column| quote_spanned!(Span::mixed_site()=> #table::#column)),
    );
    let call = call(
        user.ident,
        &quote_spanned!(Span::mixed_site()=> __auth::all_filled),
        quote_spanned! {Span::mixed_site()=>
            #user_name,
            #table_name,
            <<#table::table as __auth::diesel::Table>::AllColumns
                as __auth::TableColumns>::COLUMNS,
            &[#(<#known as __auth::diesel::Column>::NAME),*],
        },
    );
    quote_spanned!(Span::mixed_site()=> const _: () = #call;)
}

/// Stops the compiler with `mistake` at the tokens `at`, where `answer` is no.
fn require(at: &impl ToTokens, answer: &TokenStream, mistake: &Message) -> TokenStream {
    let mistake = mistake.to_string();
    let call = call(
        at,
        &quote_spanned!(Span::mixed_site()=> __auth::require),
        quote_spanned!(Span::mixed_site()=> #answer, #mistake),
    );
    quote_spanned!(Span::mixed_site()=> #call;)
}

/// A call that has the place of all the tokens `at`, from the first to the last.
fn call(at: &impl ToTokens, function: &TokenStream, arguments: TokenStream) -> TokenStream {
    let mut spans = at.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::mixed_site);
    let last = spans.last().unwrap_or(first);
    let function = function.clone().into_iter().map(|mut token| {
        token.set_span(first);
        token
    });
    let mut arguments = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    function.chain([TokenTree::Group(arguments)]).collect()
}

/// A warning on stable Rust: the use of something deprecated, at the user's own token.
pub(super) fn warning(warning: &Warning) -> TokenStream {
    let (at, note) = (&warning.at, warning.message.to_string());
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #[deprecated(note = #note)]
            const fn #at() {}
            #at()
        };
    }
}
