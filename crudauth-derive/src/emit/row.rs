//! The struct as a row of its table: how each field is read, and how a value for it is bound.
//!
//! The SQL is the runtime's. What is here is repeated for each backend by the runtime's gates.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;

use super::{flag, text_of};
use crate::logical::{Kind, Logical};
use crate::model::{Field, Fill, User};

/// The `UserRow` impl.
pub(super) fn row(user: &User<'_>) -> TokenStream {
    let (ident, table) = (user.ident, &user.table);
    let on = gates(user);
    let read = user.fields.iter().enumerate().map(|(place, field)| {
        let (ident, place) = (field.ident, Literal::usize_unsuffixed(place));
        let typed = typed(user, field);
        quote_spanned!(Span::mixed_site()=> #ident: #typed::read(__row, #place)?,)
    });
    let types = user.fields.iter().map(|field| {
        let typed = typed(user, field);
        quote_spanned!(Span::mixed_site()=> #typed::kind(__lookup),)
    });
    let id_column = user.column(user.id());
    let bind = user.fields.iter().enumerate().filter_map(|(place, field)| {
        let (pattern, value) = bound(user, place, field)?;
        let typed = typed(user, field);
        Some(quote_spanned! {Span::mixed_site()=>
            __auth::Value::#pattern => #typed::bind(#value),
        })
    });
    let new_id = (user.id().fill == Fill::Crudauth).then(|| {
        let (ty, typed) = (user.id().ty, typed(user, user.id()));
        quote_spanned! {Span::mixed_site()=>
            __auth::Value::NewId => {
                __auth::Is::<#ty>::new_id().and_then(#typed::bind)
            }
        }
    });
    let given = user.fields.iter().enumerate().filter_map(|(place, field)| {
        let (ident, place) = (field.ident, Literal::usize_unsuffixed(place));
        let value = match field.fill {
            Fill::Client { .. } => quote_spanned!(Span::mixed_site()=> __register.#ident),
            Fill::Provisioned => quote_spanned!(Span::mixed_site()=> __provisioned.#ident),
            Fill::Crudauth | Fill::Database | Fill::Null => return None,
        };
        let typed = typed(user, field);
        Some(quote_spanned!(Span::mixed_site()=> #typed::cell(#place, #value),))
    });
    quote_spanned! {Span::mixed_site()=>
        __auth::for_backends! { [#(#on)*]
            #[automatically_derived]
            impl __auth::UserRow<__Backend> for #ident {
                fn push_table(
                    __pass: __auth::diesel::query_builder::AstPass<'_, '_, __Backend>,
                ) -> __auth::diesel::QueryResult<()> {
                    __auth::diesel::query_builder::QueryFragment::walk_ast(
                        &#table::table,
                        __pass,
                    )
                }

                fn read<'__a>(
                    __row: &impl __auth::diesel::row::Row<'__a, __Backend>,
                ) -> __auth::diesel::deserialize::Result<Self> {
                    __auth::Result::Ok(Self { #(#read)* })
                }

                fn types(
                    __lookup: &mut __auth::TypeLookup<__Backend>,
                ) -> __auth::Vec<__auth::TypeIn<__Backend>> {
                    <__auth::Vec<_> as __auth::core::convert::From<_>>::from([#(#types)*])
                }

                fn push_id<'__b>(
                    __id: &'__b <Self as __auth::user::AuthUser>::Id,
                    __pass: __auth::diesel::query_builder::AstPass<'_, '__b, __Backend>,
                ) -> __auth::diesel::QueryResult<()> {
                    __auth::Field::<
                        <Self as __auth::user::AuthUser>::Id,
                        #id_column,
                        __Backend,
                    >::push(__id, __pass)
                }

                fn bind(
                    __value: __auth::Value<'_>,
                ) -> __auth::Option<__auth::Bound<__Backend>> {
                    match __value {
                        #new_id
                        #(#bind)*
                        _ => __auth::Option::None,
                    }
                }

                fn given(
                    __register: <Self as __auth::user::AuthUser>::Register,
                    __provisioned: <Self as __auth::user::AuthUser>::Provisioned,
                ) -> __auth::Vec<__auth::Cell<__Backend>> {
                    __auth::cells([#(#given)*])
                }
            }
        }
    }
}

/// The backends, as the runtime's gates know them.
pub(crate) fn gates(user: &User<'_>) -> Vec<Ident> {
    match &user.backends {
        None => vec![Ident::new("every", Span::mixed_site())],
        Some(backends) => {
            backends.iter().map(|b| Ident::new(b.gate(), Span::mixed_site())).collect()
        }
    }
}

/// The field in its column, as a type of the runtime.
fn typed(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (ty, column) = (field.ty, user.column(field));
    quote_spanned!(Span::mixed_site()=> __auth::Field::<#ty, #column, __Backend>)
}

/// Whether a statement writes the column or compares it with a value.
pub(super) fn is_written(user: &User<'_>, place: usize, field: &Field<'_>) -> bool {
    matches!(field.fill, Fill::Client { .. } | Fill::Provisioned)
        || field.logical == Some(Logical::Id)
        || bound(user, place, field).is_some()
}

/// The value that the runtime may have for `field`, as a pattern and as what its column holds.
/// (The id has its own functions.)
fn bound(user: &User<'_>, place: usize, field: &Field<'_>) -> Option<(TokenStream, TokenStream)> {
    let ty = field.ty;
    let place = Literal::usize_unsuffixed(place);
    let is = |other: &Field<'_>| other.ident == field.ident;
    if user.login_fields().any(is)
        || field.logical == Some(Logical::Email)
        || user.recovery_factor().is_some_and(is)
    {
        let text = text_of(field);
        return Some((
            quote_spanned!(Span::mixed_site()=> Text(#place, __text)),
            quote_spanned!(Span::mixed_site()=> <#text>::text(__text)),
        ));
    }
    let by_crudauth = field.fill == Fill::Crudauth;
    match field.logical? {
        Logical::HashedPassword => {
            let text = text_of(field);
            Some((
                quote_spanned!(Span::mixed_site()=> Password(__hash)),
                quote_spanned!(Span::mixed_site()=> <#text>::hash(__hash)),
            ))
        }
        Logical::TokenVersion => Some((
            quote_spanned!(Span::mixed_site()=> Epoch(__epoch)),
            quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::from_i64(__epoch)),
        )),
        logical if logical.kind() == Kind::Flag => {
            let is_changed = matches!(logical, Logical::EmailVerified | Logical::PhoneVerified);
            let flag = flag(field, &quote_spanned!(Span::mixed_site()=> __flag));
            (by_crudauth || is_changed)
                .then(|| (quote_spanned!(Span::mixed_site()=> Flag(#place, __flag)), flag))
        }
        Logical::CreatedAt | Logical::UpdatedAt => {
            let is_changed = field.logical == Some(Logical::UpdatedAt);
            let moment = quote_spanned! {Span::mixed_site()=>
                <#ty as __auth::user::UserTimestamp>::from_system_time(__at)
            };
            (by_crudauth || is_changed)
                .then(|| (quote_spanned!(Span::mixed_site()=> Moment(#place, __at)), moment))
        }
        _ => None,
    }
}
