//! The last phase: from a checked user to code. It asks no questions and finds no mistakes.
//!
//! Everything is named through the hidden module of the runtime crate, which is `__auth` here.
//! Local names begin with underscores: a column in scope by `dsl::*` is a unit struct, and a plain
//! name would be a pattern that means it. The user's own tokens stand for fields, columns, types
//! and the table, so that an editor finds them and rustc's own errors point at them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt;

use crate::links;
use crate::logical::Logical;
use crate::model::{Field, Fill, User};
use crate::types::{Known, is_option, known, without_option};

mod asserts;
mod row;
mod sign_up;

/// The whole expansion.
pub(crate) fn emit(user: &User<'_>) -> TokenStream {
    let auth_user = auth_user(user);
    let capabilities = capabilities(user);
    let register_fields = register_fields(user);
    let sign_up_types = sign_up::types(user);
    let clone_provisioned = sign_up::clone_provisioned(user);
    let row = row::row(user);
    let asserts = asserts::asserts(user);
    let warnings = user.warnings.iter().map(asserts::warning);
    let register = register(user);
    let provisioned = provisioned(user);
    let allow = allow_deprecated(user);
    let imports = links::imports(&user.runtime, &user.links);
    quote_spanned! {Span::mixed_site()=>
        #allow
        const _: () = {
            #imports
            use __auth::{Misfit as _, Otherwise as _};
            #auth_user
            #capabilities
            #register_fields
            #sign_up_types
            #clone_provisioned
            #row
            #asserts
        };
        #(#warnings)*
        #register
        #provisioned
    }
}

/// `{User}Register`.
pub(crate) fn register_name(user: &Ident) -> Ident {
    format_ident!("{}Register", user.unraw(), span = Span::mixed_site())
}

/// `{User}Provisioned`.
pub(crate) fn provisioned_name(user: &Ident) -> Ident {
    format_ident!("{}Provisioned", user.unraw(), span = Span::mixed_site())
}

// -------------------------------------------------------------------------- the AuthUser impl

fn auth_user(user: &User<'_>) -> TokenStream {
    let ident = user.ident;
    let register = register_name(ident);
    let provisioned = if user.provisioned().next().is_some() {
        let name = provisioned_name(ident);
        quote_spanned!(Span::mixed_site()=> #name)
    } else {
        quote_spanned!(Span::mixed_site()=> __auth::user::NothingProvisioned)
    };
    let (id, id_type) = id(user);
    let schema = schema(user);
    let logical = logical_fields(user);
    let login_values = user.login_fields().map(|field| {
        let (name, value) = (login_field(field), read(field));
        quote_spanned!(Span::mixed_site()=> #name => #value,)
    });
    let apply = apply(user);
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl __auth::user::AuthUser for #ident {
            type Id = #id_type;
            type Register = #register;
            type Provisioned = #provisioned;

            const SCHEMA: __auth::user::UserSchema = #schema;

            fn id(&self) -> &Self::Id {
                #id
            }

            fn logical(&self) -> __auth::user::LogicalFields<'_> {
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

            fn apply(&mut self, __change: &__auth::user::Change) {
                #apply
            }
        }
    }
}

/// The id of `self`, and its type. Of a type whose name says nothing, another one may have to
/// stand in.
fn id(user: &User<'_>) -> (TokenStream, TokenStream) {
    let Field { ident, ty, .. } = user.id();
    if known(ty).is_some() {
        return (
            quote_spanned!(Span::mixed_site()=> &self.#ident),
            quote_spanned!(Span::mixed_site()=> #ty),
        );
    }
    (
        quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::id(&self.#ident)),
        quote_spanned! {Span::mixed_site()=>
            <__auth::Id<{ __auth::Is::<#ty>::ID }>
                as __auth::InPlaceOf<#ty>>::Id
        },
    )
}

fn schema(user: &User<'_>) -> TokenStream {
    let name = user.ident.unraw().to_string();
    let columns = user.fields.iter().map(|field| {
        let (name, column) = (field.name(), user.column(field));
        let logical = option(field.logical.map(logical_field));
        let fill = match &field.fill {
            Fill::Crudauth => quote_spanned!(Span::mixed_site()=> Crudauth),
            Fill::Client { wire_name } => quote_spanned!(Span::mixed_site()=> Client(#wire_name)),
            Fill::Database => quote_spanned!(Span::mixed_site()=> Database),
            Fill::Provisioned => quote_spanned!(Span::mixed_site()=> Provisioned),
            Fill::Null => quote_spanned!(Span::mixed_site()=> Null),
        };
        quote_spanned! {Span::mixed_site()=>
            __auth::user::ColumnSchema {
                field: #name,
                column: <#column as __auth::diesel::Column>::NAME,
                logical: #logical,
                fill: __auth::user::Fill::#fill,
            }
        }
    });
    let login = user.login_fields().map(|field| login_field(field));
    let recovery = user.recovery.map(|recovery| {
        let factor = recovery.factor.name();
        quote_spanned!(Span::mixed_site()=> #factor)
    });
    let recovery = option(recovery);
    quote_spanned! {Span::mixed_site()=>
        __auth::user::UserSchema {
            user: #name,
            columns: &[#(#columns),*],
            login: &[#(#login),*],
            recovery: #recovery,
        }
    }
}

fn logical_fields(user: &User<'_>) -> TokenStream {
    let text = |logical| match user.logical(logical) {
        Some(field) => read(field),
        None => option(None),
    };
    let flag = |logical: Option<Logical>| {
        let field = logical.and_then(|logical| user.logical(logical));
        option(field.map(|field| is_set(field)))
    };
    let (email, username) = (text(Logical::Email), text(Logical::Username));
    let hashed_password = text(Logical::HashedPassword);
    let is_active = flag(Some(Logical::IsActive));
    let is_superuser = flag(Some(Logical::IsSuperuser));
    let email_verified = flag(Some(Logical::EmailVerified));
    let recovery = user.recovery_factor().map(|field| read(field));
    let recovery = recovery.unwrap_or_else(|| option(None));
    let recovery_verified = flag(user.recovery.map(|recovery| recovery.factor.verified()));
    let token_version = user.logical(Logical::TokenVersion).map(|Field { ident, ty, .. }| {
        quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::to_i64(&self.#ident))
    });
    let token_version = option(token_version);
    let second_factor = option(second_factor(user));
    quote_spanned! {Span::mixed_site()=>
        __auth::user::LogicalFields {
            email: #email,
            username: #username,
            hashed_password: #hashed_password,
            is_active: #is_active,
            is_superuser: #is_superuser,
            email_verified: #email_verified,
            recovery: #recovery,
            recovery_verified: #recovery_verified,
            token_version: #token_version,
            second_factor: #second_factor,
        }
    }
}

/// Whether the row has a confirmed second factor, where the struct does not do without.
fn second_factor(user: &User<'_>) -> Option<TokenStream> {
    if user.ignores_second_factor {
        return None;
    }
    let confirmed = user.logical(Logical::TotpConfirmedAt)?.ident;
    let secret = read(user.logical(Logical::TotpSecretEncrypted)?);
    Some(quote_spanned! {Span::mixed_site()=>
        __auth::is_enrolled(#secret, &self.#confirmed)
    })
}

fn apply(user: &User<'_>) -> TokenStream {
    let (password, password_text) = (user.password().ident, text_of(user.password()));
    let epoch = user.logical(Logical::TokenVersion).map(|Field { ident, ty, .. }| {
        quote_spanned! {Span::mixed_site()=>
            if let __auth::Option::Some(__to) = __set.epoch {
                self.#ident = __auth::Is::<#ty>::from_i64(__to);
            }
        }
    });
    let email = user.logical(Logical::Email).map(|field| {
        let verified = user.logical(Logical::EmailVerified).map(|field| {
            let (ident, to) =
                (field.ident, flag(field, &quote_spanned!(Span::mixed_site()=> true)));
            quote_spanned!(Span::mixed_site()=> self.#ident = #to;)
        });
        let (ident, text) = (field.ident, text_of(field));
        quote_spanned! {Span::mixed_site()=>
            if let __auth::Option::Some(__to) = &__set.email {
                <#text>::set(&mut self.#ident, __to);
                #verified
            }
        }
    });
    let recovery = user.recovery_verified().map(|field| {
        let (ident, to) = (field.ident, flag(field, &quote_spanned!(Span::mixed_site()=> true)));
        quote_spanned! {Span::mixed_site()=>
            if __set.recovery_verified {
                self.#ident = #to;
            }
        }
    });
    let active = user.logical(Logical::IsActive).map(|field| {
        let (ident, to) = (field.ident, flag(field, &quote_spanned!(Span::mixed_site()=> __to)));
        quote_spanned! {Span::mixed_site()=>
            if let __auth::Option::Some(__to) = __set.active {
                self.#ident = #to;
            }
        }
    });
    let updated_at = user.logical(Logical::UpdatedAt).map(|Field { ident, .. }| {
        quote_spanned! {Span::mixed_site()=>
            self.#ident = __auth::user::UserTimestamp::from_system_time(__change.at());
        }
    });
    quote_spanned! {Span::mixed_site()=>
        let __set = __change.set();
        if let __auth::Option::Some(__to) = &__set.password {
            <#password_text>::set(&mut self.#password, __to.as_stored());
        }
        #epoch
        #email
        #recovery
        #active
        #updated_at
    }
}

fn capabilities(user: &User<'_>) -> TokenStream {
    let ident = user.ident;
    let by_field = [
        (Logical::Email, "HasEmail"),
        (Logical::Username, "HasUsername"),
        (Logical::IsActive, "HasActive"),
        (Logical::IsSuperuser, "HasSuperuser"),
        (Logical::EmailVerified, "HasEmailVerified"),
        (Logical::TokenVersion, "HasEpoch"),
    ];
    by_field
        .into_iter()
        .filter(|(logical, _)| user.logical(*logical).is_some())
        .map(|(_, capability)| capability)
        .chain(user.recovery.map(|_| "HasRecovery"))
        .map(|capability| {
            let capability = Ident::new(capability, Span::mixed_site());
            quote_spanned! {Span::mixed_site()=>
                #[automatically_derived]
                impl __auth::user::#capability for #ident {}
            }
        })
        .collect()
}

// ------------------------------------------------------------------------------ the payloads

fn register(user: &User<'_>) -> TokenStream {
    let (vis, ident) = (user.vis, user.ident.unraw().to_string());
    let name = register_name(user.ident);
    let doc = format!("What a client may send to sign up as an [`{ident}`], the password aside.");
    let fields = user.sent().map(|(field, wire_name)| {
        let (name, ty) = (field.ident, field.ty);
        let doc = match field.logical {
            Some(logical) => format!("The logical field `{}`.", logical.name()),
            None => format!("`{ident}::{}`, sent as `{wire_name}`.", field.name()),
        };
        quote_spanned!(Span::mixed_site()=> #[doc = #doc] pub #name: #ty,)
    });
    let allow = allow_deprecated(user);
    quote_spanned! {Span::mixed_site()=>
        #allow
        #[doc = #doc]
        #vis struct #name {
            #(#fields)*
        }
    }
}

fn provisioned(user: &User<'_>) -> Option<TokenStream> {
    let (vis, ident) = (user.vis, user.ident.unraw().to_string());
    let name = provisioned_name(user.ident);
    let doc = format!("What the new-user hook chooses for a new [`{ident}`].");
    let fields = user.provisioned().map(|field| {
        let (name, ty) = (field.ident, field.ty);
        let doc = format!("`{ident}::{}`.", field.name());
        quote_spanned!(Span::mixed_site()=> #[doc = #doc] pub #name: #ty,)
    });
    let allow = allow_deprecated(user);
    user.provisioned().next().is_some().then(|| {
        quote_spanned! {Span::mixed_site()=>
            #allow
            #[doc = #doc]
            #vis struct #name {
                #(#fields)*
            }
        }
    })
}

fn register_fields(user: &User<'_>) -> TokenStream {
    let name = register_name(user.ident);
    let taken = user.sent().map(|(field, wire_name)| asserts::take(field, wire_name));
    let assigned = user.sent().enumerate().map(|(place, (Field { ident, .. }, _))| {
        let place = Literal::usize_unsuffixed(place);
        quote_spanned!(Span::mixed_site()=> #ident: __taken.#place?,)
    });
    let visited = user.identities().map(|field| {
        let (ident, name) = (field.ident, login_field(field));
        let text = text_of(field);
        quote_spanned! {Span::mixed_site()=>
            <#text>::visit(&mut self.#ident, #name, __visit);
        }
    });
    let text = |logical| match user.logical(logical) {
        Some(field) => read(field),
        None => option(None),
    };
    let (email, username) = (text(Logical::Email), text(Logical::Username));
    let inputs = sign_up::inputs(user);
    let factor = user.recovery_factor();
    let factor = user.sent().find(|(field, _)| factor.is_some_and(|it| it.ident == field.ident));
    let recovery = factor.map(|(field, _)| read(field));
    let recovery = recovery.unwrap_or_else(|| option(None));
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl __auth::user::RegisterFields for #name {
            #inputs

            fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
                // All are taken before any is unwrapped, so that all mistakes are reported.
                let __taken = (#(#taken,)*);
                __auth::Option::Some(Self { #(#assigned)* })
            }

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

// ------------------------------------------------------------------------------ small parts

/// The functions on `field` as a text, as a type of the runtime. Whether it is optional is known
/// by the name of its type, or else by asking.
fn text_of(field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    let form = if known(ty) == Some(Known::Text) {
        quote_spanned!(Span::mixed_site()=> __auth::Bare)
    } else if is_option(ty) && known(without_option(ty)) == Some(Known::Text) {
        quote_spanned!(Span::mixed_site()=> __auth::Optional)
    } else {
        quote_spanned! {Span::mixed_site()=>
            <__auth::Form<{ __auth::Is::<#ty>::OPTIONAL_TEXT }>
                as __auth::Chosen>::Form
        }
    };
    quote_spanned!(Span::mixed_site()=> __auth::TextOf<#ty, #form>)
}

/// The text of `field`, if there is one.
fn read(field: &Field<'_>) -> TokenStream {
    let (ident, text) = (field.ident, text_of(field));
    quote_spanned!(Span::mixed_site()=> <#text>::read(&self.#ident))
}

/// Whether the flag `field` is set. An alias may turn out to be no `bool`.
fn is_set(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    if known(ty) == Some(Known::Bool) {
        return quote_spanned!(Span::mixed_site()=> self.#ident);
    }
    quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::is_set(&self.#ident))
}

/// The value of `field` that says `flag`.
fn flag(field: &Field<'_>, flag: &TokenStream) -> TokenStream {
    let ty = field.ty;
    if known(ty) == Some(Known::Bool) {
        return flag.clone();
    }
    quote_spanned!(Span::mixed_site()=> __auth::Is::<#ty>::flag(#flag))
}

/// Who deprecates a struct does not want to hear of it from the derive.
fn allow_deprecated(user: &User<'_>) -> Option<TokenStream> {
    user.deprecated.then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(deprecated, reason = "the struct itself is deprecated")]
        }
    })
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => {
            quote_spanned!(Span::mixed_site()=> __auth::Option::Some(#value))
        }
        None => quote_spanned!(Span::mixed_site()=> __auth::Option::None),
    }
}

fn login_field(field: &Field<'_>) -> TokenStream {
    match field.logical {
        Some(Logical::Email) => {
            quote_spanned!(Span::mixed_site()=> __auth::user::LoginField::Email)
        }
        Some(Logical::Username) => {
            quote_spanned!(Span::mixed_site()=> __auth::user::LoginField::Username)
        }
        _ => {
            let name = field.name();
            quote_spanned!(Span::mixed_site()=> __auth::user::LoginField::Other(#name))
        }
    }
}

fn logical_field(logical: Logical) -> TokenStream {
    let variant = Ident::new(logical.variant(), Span::mixed_site());
    quote_spanned!(Span::mixed_site()=> __auth::user::Logical::#variant)
}
