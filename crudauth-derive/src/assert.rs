//! Questions to the compiler: a call in const code that stops it with the text of the mistake.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::diag::Message;
use crate::quote::name;

/// Stops the compiler with `mistake` at the tokens `at`, where `answer` is no.
pub(crate) fn require(at: &impl ToTokens, answer: &TokenStream, mistake: &Message) -> TokenStream {
    let mistake = mistake.to_string();
    call("require", at, quote_mixed!(#answer, #mistake))
}

/// A statement that calls a function of the runtime. It has the place of all the tokens `at`, from
/// the first to the last, so that its panic is shown there.
pub(crate) fn call(function: &str, at: &impl ToTokens, arguments: TokenStream) -> TokenStream {
    let mut spans = at.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::mixed_site);
    let last = spans.last().unwrap_or(first);
    let function = name(function);
    let function = quote_mixed!(__auth::#function).into_iter().map(|mut token| {
        token.set_span(first);
        token
    });
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    let call: TokenStream = function.chain([TokenTree::Group(arguments)]).collect();
    quote_mixed!(#call;)
}
