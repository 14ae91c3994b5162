//! The columns that say by which providers a user signs in.

use proc_macro2::TokenStream;

use super::values::{logical, text_of};
use crate::logical::{Kind, Logical};
use crate::model::{Field, User};

/// The statements that apply what a change says of providers to `self`.
pub(super) fn apply(user: &User<'_>) -> TokenStream {
    let others_out = others_out(user);
    let links_out = links_out(user);
    let link = link(user);
    let unlink = unlink(user);
    quote_mixed!(#others_out #links_out #link #unlink)
}

/// The columns of the struct that are the link to a provider.
fn links<'u>(user: &'u User<'_>) -> impl Iterator<Item = &'u Field<'u>> {
    user.fields.iter().filter(|field| field.role.is_some_and(Logical::is_link))
}

/// Whether the column of `field` is the link to the provider with this name.
fn is_of(field: &Field<'_>, provider: &TokenStream) -> Option<TokenStream> {
    let role = logical(field.role?);
    Some(quote_mixed! {
        __auth::user::Logical::link_to(#provider) == __auth::Option::Some(#role)
    })
}

fn others_out(user: &User<'_>) -> Option<TokenStream> {
    let second_factor = Logical::TOTP.into_iter().filter_map(|role| user.logical(role));
    let cleared: Vec<_> = links(user).chain(second_factor).map(cleared).collect();
    (!cleared.is_empty()).then(|| quote_mixed!(if __set.others_out { #(#cleared)* }))
}

fn links_out(user: &User<'_>) -> Option<TokenStream> {
    let last = user.logical(Logical::OauthProvider);
    let cleared: Vec<_> = links(user).chain(last).map(cleared).collect();
    (!cleared.is_empty()).then(|| quote_mixed!(if __set.links_out { #(#cleared)* }))
}

fn link(user: &User<'_>) -> Option<TokenStream> {
    let subjects = links(user).filter_map(|field| {
        let is_it = is_of(field, &quote_mixed!(__link.provider()))?;
        let set = set(field, &quote_mixed!(__link.subject()));
        Some(quote_mixed!(if #is_it { #set }))
    });
    let last = user.logical(Logical::OauthProvider);
    let last = last.map(|field| set(field, &quote_mixed!(__link.provider())));
    let first = user.logical(Logical::OauthCreatedAt).map(|field| {
        let (ident, ty, now) = (field.ident, field.ty, now(field));
        quote_mixed!(if !__auth::Is::<#ty>::is_there(&self.#ident) { #now })
    });
    let now = user.logical(Logical::OauthUpdatedAt).map(now);
    let statements: Vec<_> = subjects.chain(last).chain(first).chain(now).collect();
    (!statements.is_empty()).then(
        || quote_mixed!(if let __auth::Option::Some(__link) = &__set.link { #(#statements)* }),
    )
}

fn unlink(user: &User<'_>) -> Option<TokenStream> {
    let subjects = links(user).filter_map(|field| {
        let is_it = is_of(field, &quote_mixed!(&__unlink.provider))?;
        let cleared = cleared(field);
        Some(quote_mixed!(if #is_it { #cleared }))
    });
    let last = user.logical(Logical::OauthProvider).map(|field| {
        let (ident, text) = (field.ident, text_of(field));
        quote_mixed! {
            self.#ident = <#text>::said(__auth::Option::as_deref(&__unlink.still));
        }
    });
    let statements: Vec<_> = subjects.chain(last).collect();
    (!statements.is_empty()).then(
        || quote_mixed!(if let __auth::Option::Some(__unlink) = &__set.unlink { #(#statements)* }),
    )
}

/// A statement that makes the column NULL.
fn cleared(field: &Field<'_>) -> TokenStream {
    let (ident, ty, text) = (field.ident, field.ty, text_of(field));
    match field.role.map(Logical::kind) {
        Some(Kind::OptionalText) => {
            quote_mixed!(self.#ident = <#text>::said(__auth::Option::None);)
        }
        Some(Kind::Moment | Kind::OptionalMoment) => {
            quote_mixed!(self.#ident = __auth::Is::<#ty>::moment_if(false, __change.at());)
        }
        _ => quote_mixed!(self.#ident = __auth::Option::None;),
    }
}

fn set(field: &Field<'_>, value: &TokenStream) -> TokenStream {
    let (ident, text) = (field.ident, text_of(field));
    quote_mixed!(<#text>::set(&mut self.#ident, #value);)
}

fn now(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    quote_mixed!(self.#ident = __auth::Is::<#ty>::moment_if(true, __change.at());)
}
