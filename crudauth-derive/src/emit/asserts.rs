//! Questions that only the compiler can answer, asked so that its answer is in the user's words.
//!
//! Each is a trait of its own with the text of one mistake at one field, implemented for every
//! type that is right, and named at the token that is wrong if it is not. The traits have names
//! of their own too: rustc would else compare them with each other.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;

use crate::diag::{Advice, Message};
use crate::messages;
use crate::model::{Field, Fill, User, Warning};

/// The checks of every field against its column, and of the table against the struct.
pub(super) fn asserts(user: &User<'_>) -> TokenStream {
    let fields = user.fields.iter().map(|field| column_fits(user, field));
    let coverage = columns_are_filled(user);
    quote_spanned! {Span::mixed_site()=>
        #(#fields)*
        #coverage
    }
}

/// C27, then C52 or C50: the second question is asked of what the first one answers, so that a
/// field with a wrong type is one mistake.
fn column_fits(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    let sql_type = sql_type(user, field);
    let reads = trait_name("Reads", field);
    let text = on_unimplemented(
        &messages::unreadable(&field.name(), &user.column_name(field), &spell(ty)),
        "does not fit the column",
    );
    // What the second question is about, and the question.
    let (then, answer) = if field.fill == Fill::Null {
        (sql_type.clone(), column_may_stay_empty(user, field, &reads))
    } else {
        (quote_spanned!(Span::mixed_site()=> T), column_can_be_written(user, field, &reads))
    };
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #text
            trait #reads { type Then; }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::Readable<#sql_type>> #reads for T { type Then = #then; }
            #answer
        };
    }
}

/// C52.
fn column_may_stay_empty(user: &User<'_>, field: &Field<'_>, reads: &Ident) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    let fills = trait_name("Fills", field);
    let text =
        on_unimplemented(&messages::unfilled(&user.column_name(field)), "left out of the INSERT");
    let sql_type = quote_spanned!(located_at(ty)=> <#ty as #reads>::Then);
    let question = quote_spanned!(located_at(field.ident)=> <#sql_type as #fills>::OK);
    quote_spanned! {Span::mixed_site()=>
        #text
        trait #fills { const OK: () = (); }
        #[diagnostic::do_not_recommend]
        impl<T: #runtime::__private::Nullable> #fills for T {}
        #question
    }
}

/// C50.
fn column_can_be_written(user: &User<'_>, field: &Field<'_>, reads: &Ident) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    let sql_type = sql_type(user, field);
    let writes = trait_name("Writes", field);
    let text = on_unimplemented(
        &messages::unwritable(&spell(ty), &user.column_name(field)),
        "cannot be written",
    );
    let question = quote_spanned!(located_at(ty)=> <<#ty as #reads>::Then as #writes>::OK);
    quote_spanned! {Span::mixed_site()=>
        #text
        trait #writes { const OK: () = (); }
        #[diagnostic::do_not_recommend]
        impl<T: #runtime::__private::Writable<#sql_type>> #writes for T {}
        #question
    }
}

fn sql_type(user: &User<'_>, field: &Field<'_>) -> TokenStream {
    let (runtime, column) = (&user.runtime, user.column(field));
    quote_spanned!(Span::mixed_site()=> #runtime::__private::SqlTypeOf<#column>)
}

/// C49, asked where the value is taken from the request.
pub(super) fn take(user: &User<'_>, field: &Field<'_>, wire_name: &str) -> TokenStream {
    let (runtime, ty) = (&user.runtime, field.ty);
    let takes = trait_name("Takes", field);
    let unsendable = on_unimplemented(
        &messages::unsendable(
            &field.name(),
            &spell(ty),
            field.logical.is_none() && !user.login_fields().any(|login| login.ident == field.ident),
        ),
        "cannot be deserialized",
    );
    let taken = quote_spanned!(located_at(ty)=> <#ty as #takes>::take);
    quote_spanned! {Span::mixed_site()=>
        {
            #unsendable
            trait #takes: #runtime::__private::core::marker::Sized {
                fn take(inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self>;
            }
            #[diagnostic::do_not_recommend]
            impl<T: #runtime::__private::DeserializeOwned> #takes for T {
                fn take(inputs: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self> {
                    inputs.take(#wire_name)
                }
            }
            #taken(inputs)
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
    let check = quote_spanned! {located_at(user.ident)=>
        #runtime::__private::all_filled
    };
    quote_spanned! {Span::mixed_site()=>
        const _: () = #check(
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

/// The user's place with the macro's hygiene.
fn located_at(tokens: impl Spanned) -> Span {
    Span::mixed_site().located_at(tokens.span())
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

/// A type as people write it, without the blanks that a token stream prints.
fn spell(ty: &impl ToTokens) -> String {
    let mut spelled = ty.to_token_stream().to_string();
    for (blank, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
    ] {
        spelled = spelled.replace(blank, tight);
    }
    spelled
}
