//! What a sign-up body of the application's own is held against, see `register_schema`, and what
//! makes constants of the new-user values.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::model::User;

/// The names on the wire, each with whether a sign-up needs it.
pub(super) fn inputs(user: &User<'_>) -> TokenStream {
    let inputs = user.sent().map(|(field, name)| {
        let column = user.column(field);
        quote_spanned! {Span::mixed_site()=>
            __auth::user::RegisterInput {
                name: #name,
                required: __auth::is_required::<#column>(),
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        const INPUTS: &'static [__auth::user::RegisterInput] = &[#(#inputs),*];
    }
}

/// The type of each, by its name.
pub(super) fn types(user: &User<'_>) -> TokenStream {
    let ident = user.ident;
    user.sent()
        .map(|(field, name)| {
            let ty = field.ty;
            quote_spanned! {Span::mixed_site()=>
                #[automatically_derived]
                impl __auth::Sends<{ __auth::name(#name) }, #ty>
                    for #ident {}
            }
        })
        .collect()
}

/// `{User}Provisioned` is `Clone` where its fields are. The bounds name a lifetime that none of
/// them needs: rustc then leaves them to whoever asks for the `Clone`.
pub(super) fn clone_provisioned(user: &User<'_>) -> Option<TokenStream> {
    let name = super::provisioned_name(user.ident);
    let types = user.provisioned().map(|field| field.ty);
    let fields = user.provisioned().map(|field| {
        let ident = field.ident;
        quote_spanned! {Span::mixed_site()=>
            #ident: __auth::Clone::clone(&self.#ident),
        }
    });
    user.provisioned().next().is_some().then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            impl __auth::Clone for #name
            where
                #(for<'__later> #types: __auth::Clone,)*
            {
                fn clone(&self) -> Self {
                    Self { #(#fields)* }
                }
            }
        }
    })
}
