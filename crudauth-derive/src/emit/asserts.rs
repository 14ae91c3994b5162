//! Questions that only the compiler can answer, asked so that its answer is in the user's words.
//!
//! Each is a trait of its own with the text of one mistake at one field, implemented for every
//! type that is right, and named at the token that is wrong if it is not. The traits have names
//! of their own too: rustc would else compare them with each other.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};

use crate::diag::{Advice, Message};
use crate::logical::Logical;
use crate::messages;
use crate::model::{Field, Fill, User, Warning};
use crate::types::{Known, known, spell, without_option};

/// The checks of every field against its column, and of the table against the struct.
pub(super) fn asserts(user: &User<'_>) -> TokenStream {
    let fields = user.fields.iter().map(|field| column_fits(user, field));
    let key = id_is_the_key(user);
    let coverage = columns_are_filled(user);
    quote_spanned! {Span::mixed_site()=>
        #(#fields)*
        #key
        #coverage
    }
}

/// C27, then C52 or C50: the second question counts only where the first one is answered with
/// yes, so that a field with a wrong type is one mistake.
fn column_fits(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, ty, column) = (&user.runtime, field.ty, user.column(field));
    let reads = trait_name("Reads", field);
    let text = on_unimplemented(
        &messages::unreadable(&field.name(), &user.column_name(field), &spell(ty)),
        "does not fit the column",
    );
    let may_stay_empty = (field.fill == Fill::Null).then(|| column_may_stay_empty(user, field));
    let can_be_written = is_written(user, field).then(|| column_can_be_written(user, field));
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            type __SqlType = #runtime::__private::SqlTypeOf<#column>;
            #text
            trait #reads { const OK: () = (); }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::Readable<__SqlType>> #reads for T {}
            <#ty as #reads>::OK;
            #may_stay_empty
            #can_be_written
        };
    }
}

/// Whether a query writes the column or compares it with a value.
fn is_written(user: &User<'_>, field: &Field<'_>) -> bool {
    match field.fill {
        Fill::Crudauth | Fill::Client { .. } | Fill::Provisioned => true,
        Fill::Database | Fill::Null => {
            matches!(field.logical, Some(Logical::Id | Logical::UpdatedAt))
                || user.recovery_factor().is_some_and(|factor| factor.ident == field.ident)
        }
    }
}

/// C52.
fn column_may_stay_empty(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let fills = trait_name("Fills", field);
    let text =
        on_unimplemented(&messages::unfilled(&user.column_name(field)), "left out of the INSERT");
    let at_field = Ident::new("__SqlType", field.ident.span());
    let bound = Ident::new("Nullable", Span::mixed_site());
    then(user, field, &fills, &text, &at_field, &quote_spanned!(Span::mixed_site()=> #bound))
}

/// C50.
fn column_can_be_written(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let writes = trait_name("Writes", field);
    let text = on_unimplemented(
        &messages::unwritable(&spell(field.ty), &user.column_name(field)),
        "cannot be written",
    );
    let bound = quote_spanned!(Span::mixed_site()=> Writable<__SqlType>);
    then(user, field, &writes, &text, field.ty, &bound)
}

/// Asks whether `subject` meets `bound`, where the field can be read at all.
fn then(
    user: &User<'_>,
    field: &Field<'_>,
    name: &Ident,
    text: &TokenStream,
    subject: &impl ToTokens,
    bound: &TokenStream,
) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    quote_spanned! {Span::mixed_site()=>
        #text
        trait #name<const READABLE: bool> { const OK: () = (); }
        #[diagnostic::do_not_recommend]
        impl<T: #runtime::__private::#bound> #name<true> for T {}
        #[diagnostic::do_not_recommend]
        impl<T> #name<false> for T {}
        use #runtime::__private::Otherwise as _;
        <#subject as #name<{ #runtime::__private::Asked::<#ty, __SqlType>::READABLE }>>::OK;
    }
}

/// C25.
fn id_is_the_key(user: &User<'_>) -> TokenStream {
    let (runtime, table, column) = (&user.runtime, &user.table, user.column(user.id()));
    let text = on_unimplemented(
        &messages::not_the_key(&user.column_name(user.id()), &user.table_name()),
        "not the primary key",
    );
    let at_field = Ident::new("__PrimaryKey", user.id().ident.span());
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            type __PrimaryKey = <#table::table as #runtime::__private::diesel::Table>::PrimaryKey;
            #text
            trait IsTheId { const OK: () = (); }
            #[diagnostic::do_not_recommend]
            impl IsTheId for #column {}
            <#at_field as IsTheId>::OK
        };
    }
}

/// C49, asked where the value is taken from the request, and not of types that everybody knows.
pub(super) fn take(user: &User<'_>, field: &Field<'_>, wire_name: &str) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    if known(without_option(ty)).is_some_and(|kind| kind != Known::Bytes) {
        return quote_spanned!(Span::mixed_site()=> __inputs.take(#wire_name));
    }
    let takes = trait_name("Takes", field);
    let unsendable = on_unimplemented(
        &messages::unsendable(
            &field.name(),
            &spell(ty),
            field.logical.is_none() && !user.login_fields().any(|login| login.ident == field.ident),
        ),
        "cannot be deserialized",
    );
    quote_spanned! {Span::mixed_site()=>
        {
            #unsendable
            trait #takes: #runtime::__private::core::marker::Sized {
                fn take(__inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self>;
            }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::DeserializeOwned> #takes for T {
                fn take(__inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self> {
                    __inputs.take(#wire_name)
                }
            }
            <#ty as #takes>::take(__inputs)
        }
    }
}

/// C53. The struct's own columns count as filled here: C52 speaks for those.
fn columns_are_filled(user: &User<'_>) -> TokenStream {
    let (runtime, table) = (&user.runtime, &user.table);
    let (user_name, table_name) = (user.ident.to_string(), user.table_name());
    let known = user.fields.iter().map(|field| user.column(field)).chain(
        user.db_default.iter().map(|column| quote_spanned!(Span::mixed_site()=> #table::#column)),
    );
    // The whole call has the place of the struct's name, the path of the runtime included.
    let at = user.ident.span();
    let all_filled: TokenStream = quote_spanned!(at=> #runtime::__private::all_filled)
        .into_iter()
        .map(|mut token| {
            token.set_span(at);
            token
        })
        .collect();
    quote_spanned! {at=>
        const _: () = #all_filled(
            #user_name,
            #table_name,
            <<#table::table as #runtime::__private::diesel::Table>::AllColumns
                as #runtime::__private::TableColumns>::COLUMNS,
            &[#(<#known as #runtime::__private::diesel::Column>::NAME),*],
        );
    }
}

/// A warning on stable Rust: the use of something deprecated, at the user's own token.
pub(super) fn warning(warning: &Warning) -> TokenStream {
    let (at, note) = (&warning.at, warning.message.to_string());
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #[deprecated(note = #note)]
            const fn #at() {}
            #at()
        };
    }
}

fn on_unimplemented(message: &Message, label: &str) -> TokenStream {
    let fact = escape(&message.fact);
    let notes = message.advice.iter().map(|advice| match advice {
        Advice::Help(text) | Advice::Note(text) => escape(text),
    });
    quote_spanned! {Span::mixed_site()=>
        #[diagnostic::on_unimplemented(message = #fact, label = #label, #(note = #notes),*)]
    }
}

/// `on_unimplemented` reads braces as parameters.
fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// `ReadsTierId` for `tier_id`.
fn trait_name(verb: &str, field: &Field<'_>) -> Ident {
    let mut name = String::new();
    for word in field.name().split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(letters);
    }
    format_ident!("{verb}{name}", span = Span::mixed_site())
}
