//! The struct as a row of its table: how each field is read, and how a value for it is bound.
//!
//! The SQL is the runtime's. What is here is repeated for each backend by the runtime's gates.

use proc_macro2::{Ident, Literal, TokenStream};

use super::values::{flag, text_of};
use crate::logical::{Kind, Logical};
use crate::model::{Field, Fill, RowScope, User, When};
use crate::quote::name;

/// The `UserRow` impl.
pub(super) fn row(user: &User<'_>) -> TokenStream {
    let (ident, table) = (user.ident, &user.table);
    let on = gates(user);
    let read = user.fields.iter().map(|field| {
        let (ident, index, typed) = (field.ident, index(field), typed(user, field));
        quote_mixed!(#ident: #typed::read(__row, #index)?,)
    });
    let types = user.fields.iter().map(|field| {
        let typed = typed(user, field);
        quote_mixed!(#typed::kind(__lookup),)
    });
    let id_column = user.column(&user.id);
    let bind = user.fields.iter().filter_map(|field| {
        let (pattern, value) = bound(field)?;
        let typed = typed(user, field);
        Some(quote_mixed!(__auth::Value::#pattern => #typed::bind(#value),))
    });
    let new_id = (user.id.fill == Fill::Crudauth).then(|| {
        let (ty, typed) = (user.id.ty, typed(user, &user.id));
        quote_mixed! {
            __auth::Value::NewId => {
                __auth::Is::<#ty>::new_id().and_then(#typed::bind)
            }
        }
    });
    let given = user.fields.iter().filter_map(|field| {
        let (ident, index, typed) = (field.ident, index(field), typed(user, field));
        let value = match field.fill {
            Fill::Client { .. } => quote_mixed!(__register.#ident),
            Fill::Provisioned => quote_mixed!(__provisioned.#ident),
            Fill::Crudauth | Fill::Database | Fill::Null => return None,
        };
        Some(quote_mixed!(#typed::cell(#index, #value),))
    });
    let tenant = user.tenant().map(|field| {
        let typed = typed(user, field);
        quote_mixed! {
            fn bind_tenant(
                __tenant: &<Self as __auth::user::AuthUser>::Tenant,
            ) -> __auth::Option<__auth::Bound<__Backend>> {
                #typed::bind(__auth::Clone::clone(__tenant))
            }
        }
    });
    quote_mixed! {
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

                #tenant

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
fn gates(user: &User<'_>) -> Vec<Ident> {
    match &user.backends {
        None => vec![name("every")],
        Some(backends) => backends.iter().map(|backend| name(backend.gate)).collect(),
    }
}

/// The field in its column, as a type of the runtime.
fn typed(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (ty, column) = (field.ty, user.column(field));
    quote_mixed!(__auth::Field::<#ty, #column, __Backend>)
}

fn index(field: &Field<'_>) -> Literal {
    Literal::usize_unsuffixed(field.index)
}

/// Whether a statement writes the column or compares it with a value.
pub(super) fn is_written(field: &Field<'_>) -> bool {
    matches!(field.fill, Fill::Client { .. } | Fill::Provisioned)
        || field.role == Some(Logical::Id)
        || field.is_tenant()
        || bound(field).is_some()
}

/// The pattern of the moment at which a flag becomes so, where its column holds it.
fn has_moment(field: &Field<'_>) -> TokenStream {
    match field.when {
        Some(When::Null | When::NotNull) => quote_mixed!(__at),
        _ => quote_mixed!(_),
    }
}

/// The value that the runtime may have for `field`, as a pattern and as what its column holds.
/// (The id has its own functions.)
fn bound(field: &Field<'_>) -> Option<(TokenStream, TokenStream)> {
    let (ty, index, text) = (field.ty, index(field), text_of(field));
    if field.logs_in() || field.factor || field.role == Some(Logical::Email) {
        return Some((quote_mixed!(Text(#index, __text)), quote_mixed!(<#text>::text(__text))));
    }
    match field.scope {
        Some(RowScope::False) => {
            return Some((quote_mixed!(Flag(#index, __flag, _)), quote_mixed!(__flag)));
        }
        Some(RowScope::Zero) => {
            let value = quote_mixed!(<#ty as __auth::core::convert::From<_>>::from(__flag));
            return Some((quote_mixed!(Flag(#index, __flag, _)), value));
        }
        Some(RowScope::Null | RowScope::Tenant) | None => {}
    }
    let by_crudauth = field.fill == Fill::Crudauth;
    match field.role? {
        Logical::HashedPassword => {
            Some((quote_mixed!(Password(__hash)), quote_mixed!(<#text>::hash(__hash))))
        }
        Logical::TokenVersion => {
            Some((quote_mixed!(Epoch(__epoch)), quote_mixed!(__auth::Is::<#ty>::from_i64(__epoch))))
        }
        role if role.kind() == Kind::Flag => {
            let is_changed = matches!(role, Logical::EmailVerified | Logical::FactorVerified);
            let flag = flag(field, quote_mixed!(__flag), &quote_mixed!(__at));
            let at = has_moment(field);
            (by_crudauth || is_changed).then(|| (quote_mixed!(Flag(#index, __flag, #at)), flag))
        }
        Logical::OauthProvider | Logical::GoogleId | Logical::GithubId => {
            Some((quote_mixed!(Text(#index, __text)), quote_mixed!(<#text>::text(__text))))
        }
        Logical::TotpSecretEncrypted | Logical::MfaRecoveryCodes => {
            Some((quote_mixed!(Text(#index, __text)), quote_mixed!(<#text>::text(__text))))
        }
        Logical::TotpLastStep => {
            let step = quote_mixed!(__auth::Option::Some(__step));
            Some((
                quote_mixed!(Step(#index, __step)),
                quote_mixed!(__auth::Is::<#ty>::with_step(#step)),
            ))
        }
        Logical::OauthCreatedAt | Logical::OauthUpdatedAt | Logical::TotpConfirmedAt => Some((
            quote_mixed!(Moment(#index, __at)),
            quote_mixed!(__auth::Is::<#ty>::moment_if(true, __at)),
        )),
        role @ (Logical::CreatedAt | Logical::UpdatedAt) => {
            let is_changed = role == Logical::UpdatedAt;
            let moment = quote_mixed! {
                <#ty as __auth::user::UserTimestamp>::from_system_time(__at)
            };
            (by_crudauth || is_changed).then(|| (quote_mixed!(Moment(#index, __at)), moment))
        }
        _ => None,
    }
}
