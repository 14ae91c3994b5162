//! The last phase: from a checked user to code. It asks no questions and finds no mistakes.
//!
//! Everything is named through the hidden module of the runtime crate, which is `__auth` here.
//! Local names begin with underscores: a column in scope by `dsl::*` is a unit struct, and a plain
//! name would be a pattern that means it. The user's own tokens stand for fields, columns, types
//! and the table, so that an editor finds them and rustc's own errors point at them.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use crate::attribute::ide;
use crate::diag::Warning;
use crate::logical::{Kind, Logical, Property};
use crate::model::{Field, Fill, RowScope, User};
use crate::payload::{REGISTER, allow_deprecated, payload_name};
use crate::quote::name;
use crate::types::known;

use self::values::{
    all_say, barred_until, becomes, count, flag, login_field, option, text, text_of,
};

mod asserts;
mod providers;
mod row;
mod second_factor;
mod sign_up;
mod values;

/// The whole expansion.
pub(crate) fn emit(user: &User<'_>, warnings: &[Warning]) -> TokenStream {
    let auth_user = auth_user(user);
    let capabilities = capabilities(user);
    let sign_up = sign_up::sign_up(user);
    let row = row::row(user);
    let asserts = asserts::asserts(user);
    let warnings = warnings.iter().map(warning);
    let payloads = sign_up::payloads(user);
    let allow = allow_deprecated(user.written.deprecated);
    let imports = ide::imports(&user.written.runtime, &user.written.links);
    quote_mixed! {
        #allow
        const _: () = {
            #imports
            use __auth::{FieldFallback as _, Fallback as _, NameFallback as _};
            #auth_user
            #capabilities
            #sign_up
            #row
            #asserts
        };
        #(#warnings)*
        #payloads
    }
}

fn auth_user(user: &User<'_>) -> TokenStream {
    let ident = user.ident;
    let register = payload_name(ident, REGISTER);
    let provisioned = sign_up::provisioned_type(user);
    let (id, id_type) = id(user);
    let (tenant, tenant_type) = tenant(user);
    let schema = schema(user);
    let logical = logical_fields(user);
    let login_values = user.login.iter().map(|field| {
        let (name, value) = (login_field(field), text(Some(field)));
        quote_mixed!(#name => #value,)
    });
    let is_deleted = user.soft_delete().map(is_deleted);
    let created_at = user.logical(Logical::CreatedAt).map(created_at);
    let oauth_fields = sign_up::oauth_fields_type(user);
    let by_provider = sign_up::register_by_provider(user);
    let apply = apply(user);
    let second_factors = second_factor::place(user);
    let factor_columns = second_factor::columns(user);
    quote_mixed! {
        #[automatically_derived]
        impl __auth::user::AuthUser for #ident {
            type Id = #id_type;
            type Tenant = #tenant_type;
            type Register = #register;
            type Provisioned = #provisioned;
            type OAuthFields = #oauth_fields;

            const SCHEMA: __auth::user::UserSchema = #schema;

            #second_factors

            #by_provider

            fn id(&self) -> &Self::Id {
                #id
            }

            fn tenant(&self) -> &Self::Tenant {
                #tenant
            }

            fn mapped(&self) -> __auth::user::LogicalFields<'_> {
                #logical
            }

            fn login_value(
                &self,
                __field: __auth::user::LoginField,
            ) -> __auth::Option<&str> {
                match __field {
                    #(#login_values)*
                    _ => __auth::Option::None,
                }
            }

            #is_deleted

            #created_at

            #factor_columns

            fn apply(&mut self, __change: &__auth::user::Change) {
                #apply
            }
        }
    }
}

/// The tenant of `self`, and its type.
fn tenant(user: &User<'_>) -> (TokenStream, TokenStream) {
    match user.tenant() {
        Some(Field { ident, ty, .. }) => (quote_mixed!(&self.#ident), quote_mixed!(#ty)),
        None => (quote_mixed!(&__auth::user::NoTenant), quote_mixed!(__auth::user::NoTenant)),
    }
}

fn is_deleted(field: &Field<'_>) -> TokenStream {
    let ident = field.ident;
    let is_deleted = match field.scope {
        Some(RowScope::False) => quote_mixed!(self.#ident),
        Some(RowScope::Zero) => quote_mixed!(self.#ident != 0),
        _ => quote_mixed!(__auth::Option::is_some(&self.#ident)),
    };
    quote_mixed! {
        fn is_deleted(&self) -> bool {
            #is_deleted
        }
    }
}

/// It is a function of its own, so that a request that does not ask pays nothing for it.
fn created_at(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    quote_mixed! {
        fn created_at(&self) -> __auth::Option<__auth::SystemTime> {
            __auth::Is::<#ty>::time(&self.#ident)
        }
    }
}

/// The id of `self`, and its type. Another type takes the place of one that turns out unusable.
fn id(user: &User<'_>) -> (TokenStream, TokenStream) {
    let Field { ident, ty, .. } = &user.id;
    if known(ty).is_some() {
        return (quote_mixed!(&self.#ident), quote_mixed!(#ty));
    }
    let usable = quote_mixed!(__auth::Id<{ __auth::Is::<#ty>::ID }>);
    (
        quote_mixed!(__auth::Is::<#ty>::id(&self.#ident)),
        quote_mixed!(<#usable as __auth::InPlaceOf<#ty>>::Id),
    )
}

fn schema(user: &User<'_>) -> TokenStream {
    let name = user.ident.unraw().to_string();
    let columns = user.fields.iter().map(|field| {
        let (name, column) = (field.name(), user.column(field));
        let logical = option(field.role.map(values::logical));
        let when = option(field.when.map(values::when));
        let scope = option(field.scope.map(values::scope));
        let fill = match &field.fill {
            Fill::Crudauth => quote_mixed!(Crudauth),
            Fill::Client { wire_name } => quote_mixed!(Client(#wire_name)),
            Fill::Database => quote_mixed!(Database),
            Fill::Provisioned => quote_mixed!(Provisioned),
            Fill::Null => quote_mixed!(Null),
        };
        quote_mixed! {
            __auth::user::ColumnSchema {
                field: #name,
                column: <#column as __auth::diesel::Column>::NAME,
                logical: #logical,
                when: #when,
                fill: __auth::user::Fill::#fill,
                scope: #scope,
            }
        }
    });
    let login = user.login.iter().map(login_field);
    let recovery = option(user.recovery.map(|factor| factor.name().to_token_stream()));
    let beside = user.beside.iter().copied().map(values::logical);
    quote_mixed! {
        __auth::user::UserSchema {
            user: #name,
            columns: &[#(#columns),*],
            login: &[#(#login),*],
            recovery: #recovery,
            beside: &[#(#beside),*],
        }
    }
}

fn logical_fields(user: &User<'_>) -> TokenStream {
    let read = Logical::ALL.iter().filter(|role| role.is(Property::Read)).map(|&role| {
        let (name, field) = (name(role.name()), user.logical(role));
        let value = match role.kind() {
            Kind::Flag => all_say(user.flags(role)),
            Kind::Epoch => count(field),
            Kind::Text
            | Kind::OptionalText
            | Kind::Id
            | Kind::Step
            | Kind::Moment
            | Kind::OptionalMoment => text(field),
        };
        quote_mixed!(#name: #value,)
    });
    let recovery = text(user.recovery_factor());
    let recovery_verified = all_say(user.recovery_verified().into_iter());
    let barred_until = barred_until(user.flags(Logical::IsActive));
    let second_factor = option(second_factor(user));
    quote_mixed! {
        __auth::user::LogicalFields {
            #(#read)*
            barred_until: #barred_until,
            recovery: #recovery,
            recovery_verified: #recovery_verified,
            second_factor: #second_factor,
        }
    }
}

/// Whether the row has a confirmed second factor, unless the struct gives that up.
fn second_factor(user: &User<'_>) -> Option<TokenStream> {
    if user.ignores_second_factor {
        return None;
    }
    let is_confirmed = second_factor::is_confirmed(user)?;
    let secret = text(Some(user.logical(Logical::TotpSecretEncrypted)?));
    Some(quote_mixed!(__auth::is_enrolled(#secret, #is_confirmed)))
}

fn apply(user: &User<'_>) -> TokenStream {
    let (password, text) = (user.password.ident, text_of(&user.password));
    let set_password = quote_mixed!(<#text>::set(&mut self.#password, __to.as_stored()););
    let password = where_set("password", &set_password);
    let at = quote_mixed!(__change.at());
    let epoch = user.logical(Logical::TokenVersion).map(|Field { ident, ty, .. }| {
        where_set("epoch", &quote_mixed!(self.#ident = __auth::Is::<#ty>::from_i64(*__to);))
    });
    let email = user.logical(Logical::Email).map(|field| {
        let verified = user.logical(Logical::EmailVerified).map(|field| {
            let (ident, now) = (field.ident, flag(field, quote_mixed!(true), &at));
            quote_mixed!(self.#ident = #now;)
        });
        let (ident, text) = (field.ident, text_of(field));
        where_set("email", &quote_mixed!(<#text>::set(&mut self.#ident, __to); #verified))
    });
    let recovery = user.recovery_verified().map(|field| {
        let set = becomes(field, quote_mixed!(true), &at);
        quote_mixed!(if __set.recovery_verified { #set })
    });
    let active = user
        .closes_the_account()
        .map(|field| where_set("active", &becomes(field, quote_mixed!(*__to), &at)));
    let providers = providers::apply(user);
    let second_factor = second_factor::apply(user);
    let updated_at = user.logical(Logical::UpdatedAt).map(|Field { ident, .. }| {
        quote_mixed! {
            self.#ident = __auth::user::UserTimestamp::from_system_time(__change.at());
        }
    });
    quote_mixed! {
        let __set = __change.set();
        #password
        #epoch
        #email
        #recovery
        #active
        #providers
        #second_factor
        #updated_at
    }
}

/// Runs the statement with the value `__to`, where the change sets it.
fn where_set(value: &str, statement: &TokenStream) -> TokenStream {
    let value = name(value);
    quote_mixed!(if let __auth::Option::Some(__to) = &__set.#value { #statement })
}

fn capabilities(user: &User<'_>) -> TokenStream {
    let ident = user.ident;
    let has = |role| user.logical(role).is_some() || user.beside.contains(&role);
    let by_providers = has(Logical::Email) && has(Logical::EmailVerified);
    let by_field = Logical::capabilities().filter(|(role, _)| has(*role));
    by_field
        .map(|(_, capability)| capability)
        .chain(user.recovery.map(|_| "HasRecovery"))
        .chain(user.tenant().map(|_| "HasTenant"))
        .chain(by_providers.then_some("SignsInByProviders"))
        .chain(user.is_made_of_address().then_some("MadeOfAddress"))
        .chain(user.second_factors().map(|_| "HasSecondFactor"))
        .map(|capability| {
            let capability = name(capability);
            quote_mixed! {
                #[automatically_derived]
                impl __auth::user::#capability for #ident {}
            }
        })
        .chain(sign_up::nothing_from_form(user))
        .collect()
}

/// A warning on stable Rust: the use of something deprecated, at the user's own token.
fn warning(warning: &Warning) -> TokenStream {
    let (at, note) = (&warning.at, warning.message.to_string());
    quote_mixed! {
        const _: () = {
            #[deprecated(note = #note)]
            const fn #at() {}
            #at()
        };
    }
}
