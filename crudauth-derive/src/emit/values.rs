//! The small parts of the expansion: how the value of a field is read and made.

use proc_macro2::TokenStream;

use crate::logical::Logical;
use crate::model::Field;
use crate::quote::name;
use crate::types::{Known, is_option, known, without_option};

/// The functions on `field` as a text, as a type of the runtime. Whether it is optional is known
/// by the name of its type, or else answered by the compiler.
pub(super) fn text_of(field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    let form = if known(ty) == Some(Known::Text) {
        quote_mixed!(__auth::Bare)
    } else if is_option(ty) && known(without_option(ty)) == Some(Known::Text) {
        quote_mixed!(__auth::Optional)
    } else {
        quote_mixed! {
            <__auth::Form<{ __auth::Is::<#ty>::OPTIONAL_TEXT }>
                as __auth::Chosen>::Form
        }
    };
    quote_mixed!(__auth::TextOf<#ty, #form>)
}

/// The text of `field`, if it is there and has one.
pub(super) fn text(field: Option<&Field<'_>>) -> TokenStream {
    let Some(field) = field else { return option(None) };
    let (ident, text) = (field.ident, text_of(field));
    quote_mixed!(<#text>::read(&self.#ident))
}

/// Whether the flag `field` is set, if it is there. An alias may turn out not to be `bool`.
pub(super) fn is_set(field: Option<&Field<'_>>) -> TokenStream {
    option(field.map(|Field { ident, ty, .. }| {
        if known(ty) == Some(Known::Bool) {
            return quote_mixed!(self.#ident);
        }
        quote_mixed!(__auth::Is::<#ty>::is_set(&self.#ident))
    }))
}

/// The value of `field` that says `flag`.
pub(super) fn flag(field: &Field<'_>, flag: TokenStream) -> TokenStream {
    let ty = field.ty;
    if known(ty) == Some(Known::Bool) {
        return flag;
    }
    quote_mixed!(__auth::Is::<#ty>::flag(#flag))
}

/// The count of `field`, if it is there.
pub(super) fn count(field: Option<&Field<'_>>) -> TokenStream {
    option(
        field.map(|Field { ident, ty, .. }| quote_mixed!(__auth::Is::<#ty>::to_i64(&self.#ident))),
    )
}

pub(super) fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote_mixed!(__auth::Option::Some(#value)),
        None => quote_mixed!(__auth::Option::None),
    }
}

/// What the runtime calls a field that users log in by.
pub(super) fn login_field(field: &Field<'_>) -> TokenStream {
    match field.role {
        Some(Logical::Email) => quote_mixed!(__auth::user::LoginField::Email),
        Some(Logical::Username) => quote_mixed!(__auth::user::LoginField::Username),
        _ => {
            let name = field.name();
            quote_mixed!(__auth::user::LoginField::Other(#name))
        }
    }
}

pub(super) fn logical(role: Logical) -> TokenStream {
    let variant = name(role.row().variant);
    quote_mixed!(__auth::user::Logical::#variant)
}
