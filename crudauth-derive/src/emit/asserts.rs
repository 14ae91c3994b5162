//! Questions that only the compiler can answer, asked so that its answer is in the user's words.
//!
//! Each question is a constant of the runtime that is true or false of a type, and a call that
//! stops the compiler with the text of the mistake where it is false. The call has the place of the
//! token that is wrong. The questions about a field follow each other, and the first that fails
//! ends them, so that a field has one error.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use super::row::is_written;
use crate::assert::{call, require};
use crate::logical::{Kind, Logical, Property};
use crate::messages;
use crate::model::{Field, Fill, User};
use crate::names::carries_power;
use crate::quote::name;
use crate::types::{everybody_can_send, is_option, is_uuid, known, spell, without_option};

/// The checks of every field against its column, and of the table against the struct.
pub(super) fn asserts(user: &User<'_>) -> TokenStream {
    let on = backends(user);
    let fields = user.fields.iter().map(|field| field_is_right(user, field));
    let secrets = user.fields.iter().filter_map(|field| stays_secret(user, field));
    let key = id_is_the_key(user);
    let coverage = columns_are_filled(user);
    quote_mixed! {
        type __On = #on;
        #(#fields)*
        #(#secrets)*
        #key
        #coverage
    }
}

/// The backends that the fields must fit, as a type.
fn backends(user: &User<'_>) -> TokenStream {
    match &user.backends {
        None => quote_mixed!(__auth::backend::Every),
        Some(backends) => backends.iter().rfold(quote_mixed!(()), |rest, backend| {
            let backend = name(backend.variant);
            quote_mixed!((__auth::backend::#backend, #rest))
        }),
    }
}

/// Checks that the type plays its role and fits its column, that something fills the column, and
/// that a client can send the value.
fn field_is_right(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (ty, column) = (field.ty, user.column(field));
    let (spelled, column_name) = (spell(ty), user.column_name(field));
    let role = plays_its_role(user, field);
    let unreadable = messages::unreadable(&field.name(), &column_name, &spelled);
    let unreadable = unreadable.to_string();
    let is_uuid = is_uuid(ty);
    let readable = call(
        "require_readable",
        ty,
        quote_mixed! {
            __Field::READABLE,
            #unreadable,
            __auth::NameOf::<__auth::SqlTypeOf<#column>>::NAME,
            #is_uuid,
        },
    );
    let may_stay_empty = (field.fill == Fill::Null).then(|| {
        let carries_power =
            carries_power(&field.name()) || carries_power(&field.column.unraw().to_string());
        let unfilled = messages::unfilled(&column_name, carries_power);
        require(field.ident, &quote_mixed!(__auth::admits_null::<#column>()), &unfilled)
    });
    let writable = is_written(field).then(|| {
        let unwritable = messages::unwritable(&spelled, &column_name);
        require(ty, &quote_mixed!(__Field::WRITABLE), &unwritable)
    });
    let sendable = can_be_sent(field);
    quote_mixed! {
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

/// Checks a type whose name does not tell whether it plays the role.
fn plays_its_role(user: &User<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let ty = field.ty;
    if field.role == Some(Logical::Id) {
        return Some(id_is_usable(field));
    }
    if let Some(when) = field.when.filter(|when| when.is_of_a_moment()) {
        let mistake = messages::not_a_moment(when, &spell(ty), false);
        return Some(require(ty, &quote_mixed!(__auth::Is::<#ty>::OPTIONAL_MOMENT), &mistake));
    }
    if known(without_option(ty)).is_some() {
        return None;
    }
    let is = quote_mixed!(__auth::Is::<#ty>);
    let any_text = quote_mixed!(#is::TEXT || #is::OPTIONAL_TEXT);
    let (answer, mistake) = match field.role {
        Some(logical) => {
            let answer = match logical.kind() {
                Kind::Text => any_text,
                Kind::OptionalText => quote_mixed!(#is::OPTIONAL_TEXT),
                Kind::OptionalMoment => quote_mixed!(#is::OPTIONAL_MOMENT),
                Kind::Flag => quote_mixed!(#is::FLAG),
                Kind::Epoch => quote_mixed!(#is::EPOCH),
                Kind::Step => quote_mixed!(#is::STEP),
                // A public trait of the runtime asks these, in its own words.
                Kind::Id | Kind::Moment => return None,
            };
            (answer, messages::wrong_type(logical, &spell(ty)))
        }
        None if field.logs_in() => {
            (any_text, messages::login_by_no_text(&field.name(), &spell(ty)))
        }
        None if field.factor => {
            (any_text, messages::recovery_by_no_text(user.recovery?, &spell(ty)))
        }
        None => return None,
    };
    let plays = require(ty, &answer, &mistake);
    let is_named = user.written.login.is_some();
    let always_there = (field.logs_in() && !is_option(ty) && !is_named).then(|| {
        let optional = messages::login_by_optional(&field.name());
        require(ty, &quote_mixed!(#is::TEXT), &optional)
    });
    Some(quote_mixed!(#plays #always_there))
}

/// Checks that the runtime can use the type, and that something makes the id of a new user.
fn id_is_usable(id: &Field<'_>) -> TokenStream {
    let ty = id.ty;
    let is = quote_mixed!(__auth::Is::<#ty>);
    let usable = known(ty)
        .is_none()
        .then(|| require(ty, &quote_mixed!(#is::ID), &messages::unusable_id(&spell(ty))));
    let has_source = (id.fill == Fill::Crudauth)
        .then(|| require(ty, &quote_mixed!(#is::NEW_ID), &messages::no_new_id(&spell(ty))));
    quote_mixed!(#usable #has_source)
}

/// Checks that a client can send the value, unless the name of its type tells.
fn can_be_sent(field: &Field<'_>) -> Option<TokenStream> {
    let ty = field.ty;
    if !matches!(field.fill, Fill::Client { .. }) || everybody_can_send(ty) {
        return None;
    }
    let chosen = field.role.is_none() && !field.logs_in();
    let unsendable = messages::unsendable(&field.name(), &spell(ty), chosen);
    Some(require(ty, &quote_mixed!(__auth::Is::<#ty>::SENDABLE), &unsendable))
}

/// Checks that no serialization of the struct has a secret in it. A type that cannot be serialized
/// itself keeps one, also where `Serialize` is written by hand.
fn stays_secret(user: &User<'_>, field: &Field<'_>) -> Option<TokenStream> {
    if !field.is(Property::Secret) || field.written.serde_decides {
        return None;
    }
    let (ident, ty) = (user.ident, field.ty);
    let is_shown = quote_mixed! {
        __auth::Is::<#ident>::SERIALIZABLE && __auth::Is::<#ty>::SERIALIZABLE
    };
    let mistake = messages::shows_secret(ident, &field.name());
    let require = require(field.ident, &quote_mixed!(!(#is_shown)), &mistake);
    Some(quote_mixed!(const _: () = { #require };))
}

fn id_is_the_key(user: &User<'_>) -> TokenStream {
    let (table, column) = (&user.table, user.column(&user.id));
    let key = quote_mixed!(<#table::table as __auth::diesel::Table>::PrimaryKey);
    let same = quote_mixed!(__auth::Both::<#column, #key>::SAME);
    let mistake = messages::not_the_key(&user.column_name(&user.id), &user.table_name());
    let require = require(user.id.ident, &same, &mistake);
    quote_mixed!(const _: () = { #require };)
}

/// Checks the columns that the struct lacks. The others count as filled: the checks of their fields
/// say otherwise.
fn columns_are_filled(user: &User<'_>) -> TokenStream {
    let table = &user.table;
    let (user_name, table_name) = (user.ident.to_string(), user.table_name());
    let own = user.fields.iter().map(|field| user.column(field));
    let known =
        own.chain(user.written.db_default.iter().map(|column| quote_mixed!(#table::#column)));
    let arguments = quote_mixed! {
        #user_name,
        #table_name,
        <<#table::table as __auth::diesel::Table>::AllColumns
            as __auth::TableColumns>::COLUMNS,
        &[#(<#known as __auth::diesel::Column>::NAME),*],
    };
    let call = call("all_filled", user.ident, arguments);
    quote_mixed!(const _: () = { #call };)
}
