//! The small parts of the expansion: how the value of a field is read and made.

use proc_macro2::TokenStream;

use crate::logical::Logical;
use crate::model::{Field, RowScope, When};
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

/// Whether each of the fields that make a flag says so; nothing of those that are compared with the
/// clock. `None` where there is no field.
pub(super) fn all_say<'f>(fields: impl Iterator<Item = &'f Field<'f>>) -> TokenStream {
    let mut said: Option<TokenStream> = None;
    for field in fields {
        let says = says(field);
        said = Some(match (said, says) {
            (None, says) => says.unwrap_or_else(|| quote_mixed!(true)),
            (Some(said), None) => said,
            (Some(said), Some(says)) => quote_mixed!(#said && #says),
        });
    }
    option(said)
}

/// Whether the flag `field` is true, but for the clock. An alias may turn out to be of another type.
fn says(field: &Field<'_>) -> Option<TokenStream> {
    let Field { ident, ty, when, .. } = field;
    let is = quote_mixed!(__auth::Is::<#ty>);
    Some(match when.unwrap_or(When::True) {
        When::True if known(ty) == Some(Known::Bool) => quote_mixed!(self.#ident),
        When::False if known(ty) == Some(Known::Bool) => quote_mixed!(!self.#ident),
        When::True => quote_mixed!(#is::is_true(&self.#ident)),
        When::False => quote_mixed!(#is::is_false(&self.#ident)),
        When::Null => quote_mixed!(!#is::is_there(&self.#ident)),
        When::NotNull => quote_mixed!(#is::is_there(&self.#ident)),
        When::Past => return None,
    })
}

/// The last moment of the fields that are compared with the clock.
pub(super) fn barred_until<'f>(fields: impl Iterator<Item = &'f Field<'f>>) -> TokenStream {
    let moments = fields.filter(|field| field.when == Some(When::Past));
    let moments = moments
        .map(|Field { ident, ty, .. }| quote_mixed!(__auth::Is::<#ty>::moment(&self.#ident)));
    moments
        .reduce(|one, other| quote_mixed!(__auth::later(#one, #other)))
        .unwrap_or_else(|| option(None))
}

/// The value of `field` where its flag is `flag`, which it became at the moment `at`.
pub(super) fn flag(field: &Field<'_>, flag: TokenStream, at: &TokenStream) -> TokenStream {
    let ty = field.ty;
    let is = quote_mixed!(__auth::Is::<#ty>);
    match field.when.unwrap_or(When::True) {
        When::True if known(ty) == Some(Known::Bool) => flag,
        When::False if known(ty) == Some(Known::Bool) => quote_mixed!(!#flag),
        When::True => quote_mixed!(#is::flag(#flag)),
        When::False => quote_mixed!(#is::flag(!#flag)),
        When::Null => quote_mixed!(#is::moment_if(!#flag, #at)),
        When::NotNull => quote_mixed!(#is::moment_if(#flag, #at)),
        When::Past => quote_mixed!(#is::never_if(!#flag)),
    }
}

/// A statement that makes the flag `flag`, at the moment `at`. A moment that is there already stays.
pub(super) fn becomes(field: &Field<'_>, to: TokenStream, at: &TokenStream) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    let value = flag(field, to.clone(), at);
    let stays = match field.when {
        Some(When::Null) => quote_mixed!(!#to),
        Some(When::NotNull) => to,
        _ => return quote_mixed!(self.#ident = #value;),
    };
    quote_mixed! {
        if !(#stays && __auth::Is::<#ty>::is_there(&self.#ident)) {
            self.#ident = #value;
        }
    }
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

/// What the runtime calls what the column of a flag must hold.
pub(super) fn when(when: When) -> TokenStream {
    let variant = name(when.variant());
    quote_mixed!(__auth::user::When::#variant)
}

/// What the runtime calls which rows count.
pub(super) fn scope(scope: RowScope) -> TokenStream {
    let variant = name(scope.variant());
    quote_mixed!(__auth::user::RowScope::#variant)
}

pub(super) fn logical(role: Logical) -> TokenStream {
    let variant = name(role.row().variant);
    quote_mixed!(__auth::user::Logical::#variant)
}
