//! What a sign-up body of the application's own is held against, see `register_schema`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::model::User;

/// The names on the wire, each with whether a sign-up needs it.
pub(super) fn inputs(user: &User<'_>) -> TokenStream {
    let runtime = &user.runtime;
    let inputs = user.sent().map(|(field, name)| {
        let column = user.column(field);
        quote_spanned! {Span::mixed_site()=>
            #runtime::user::RegisterInput {
                name: #name,
                required: #runtime::__private::is_required::<#column>(),
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        const INPUTS: &'static [#runtime::user::RegisterInput] = &[#(#inputs),*];
    }
}

/// The type of each, by its name.
pub(super) fn types(user: &User<'_>) -> TokenStream {
    let (runtime, ident) = (&user.runtime, user.ident);
    user.sent()
        .map(|(field, name)| {
            let ty = field.ty;
            quote_spanned! {Span::mixed_site()=>
                #[automatically_derived]
                impl #runtime::__private::Sends<{ #runtime::__private::name(#name) }, #ty>
                    for #ident {}
            }
        })
        .collect()
}
