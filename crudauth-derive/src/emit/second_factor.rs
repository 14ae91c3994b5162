//! The columns of a second factor, and where second factors are kept.

use proc_macro2::TokenStream;

use super::values::text_of;
use crate::logical::Logical;
use crate::model::{Field, SecondFactors, User};
use crate::quote::name;

/// Where second factors are kept.
pub(super) fn place(user: &User<'_>) -> Option<TokenStream> {
    let place = name(match user.second_factors()? {
        SecondFactors::Columns => "Columns",
        SecondFactors::OwnTable => "OwnTable",
    });
    Some(quote_mixed! {
        const SECOND_FACTORS: __auth::Option<__auth::user::FactorPlace> =
            __auth::Option::Some(__auth::user::FactorPlace::#place);
    })
}

/// The four fields, in the order of [`Logical::TOTP`], where second factors are kept in them.
fn fields<'u>(user: &'u User<'_>) -> Option<[&'u Field<'u>; 4]> {
    let [secret, confirmed, step, codes] = Logical::TOTP.map(|role| user.logical(role));
    let fields = [secret?, confirmed?, step?, codes?];
    (user.second_factors() == Some(SecondFactors::Columns)).then_some(fields)
}

/// Whether the moment of the confirmation is there.
pub(super) fn is_confirmed(user: &User<'_>) -> Option<TokenStream> {
    let Field { ident, ty, .. } = user.logical(Logical::TotpConfirmedAt)?;
    Some(quote_mixed!(__auth::Is::<#ty>::is_there(&self.#ident)))
}

/// The function that reads them.
pub(super) fn columns(user: &User<'_>) -> Option<TokenStream> {
    let [secret, _, step, codes] = fields(user)?;
    let is_confirmed = is_confirmed(user)?;
    let read = |field: &Field<'_>| {
        let (ident, text) = (field.ident, text_of(field));
        quote_mixed!(<#text>::read(&self.#ident))
    };
    let (secret, codes) = (read(secret), read(codes));
    let Field { ident: step, ty, .. } = step;
    Some(quote_mixed! {
        fn factor_columns(&self) -> __auth::Option<__auth::user::FactorColumns<'_>> {
            __auth::Option::Some(__auth::user::FactorColumns {
                secret: #secret,
                is_confirmed: #is_confirmed,
                last_step: __auth::Is::<#ty>::step(&self.#step),
                codes: #codes,
            })
        }
    })
}

/// The statements that apply what a change says of them to `self`.
pub(super) fn apply(user: &User<'_>) -> Option<TokenStream> {
    let [secret, confirmed, step, codes] = fields(user)?;
    let said = |field: &Field<'_>| {
        let (ident, text) = (field.ident, text_of(field));
        quote_mixed!(self.#ident = <#text>::said(__to);)
    };
    let (secret, codes) = (said(secret), said(codes));
    let Field { ident: confirmed, ty: moment, .. } = confirmed;
    let Field { ident: step, ty: number, .. } = step;
    let some = quote_mixed!(__auth::Option::Some(__to));
    Some(quote_mixed! {
        if let __auth::Option::Some(__factor) = &__set.factor {
            let __factor = __factor.columns();
            if let #some = __factor.secret { #secret }
            if let #some = __factor.is_confirmed {
                self.#confirmed = __auth::Is::<#moment>::moment_if(__to, __change.at());
            }
            if let #some = __factor.last_step {
                self.#step = __auth::Is::<#number>::with_step(__to);
            }
            if let #some = __factor.codes { #codes }
        }
    })
}
