//! Cuts the inside of an attribute at its commas, so that one bad item costs itself only.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// `key`, `key = value` or `key(..)`.
pub(crate) struct Piece {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Absent,
    /// What stands after `=`; may be empty.
    Equals(TokenStream),
    List(Group),
    /// None of these, as in `key.0` or `key[..]`.
    Stray(TokenStream),
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Absent => {}
            Self::Equals(value) | Self::Stray(value) => tokens.extend(value.clone()),
            Self::List(group) => group.to_tokens(tokens),
        }
    }
}

/// The items between the commas. `Err` is an item that does not begin with a key.
pub(crate) fn cut(tokens: TokenStream) -> Vec<Result<Piece, TokenStream>> {
    split(tokens).into_iter().map(read).collect()
}

/// The runs of tokens between commas. A comma with nothing before it stands for itself; one at
/// the very end is fine.
pub(crate) fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let mut item = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if item.is_empty() {
                    item.extend([TokenTree::Punct(comma)]);
                }
                items.push(std::mem::take(&mut item));
            }
            token => item.extend([token]),
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

fn read(item: TokenStream) -> Result<Piece, TokenStream> {
    let mut rest = item.clone().into_iter();
    let Some(TokenTree::Ident(key)) = rest.next() else { return Err(item) };
    let rest: Vec<TokenTree> = rest.collect();
    let value = match rest.as_slice() {
        [] => Value::Absent,
        [TokenTree::Punct(sign), value @ ..] if sign.as_char() == '=' => {
            Value::Equals(value.iter().cloned().collect())
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Value::List(group.clone())
        }
        stray => Value::Stray(stray.iter().cloned().collect()),
    };
    Ok(Piece { key, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn shown(tokens: TokenStream) -> Vec<String> {
        cut(tokens)
            .into_iter()
            .map(|item| match item {
                Ok(Piece { key, value }) => match value {
                    Value::Absent => format!("{key}"),
                    Value::Equals(value) => format!("{key} = {value}"),
                    Value::List(group) => format!("{key}{group}"),
                    Value::Stray(rest) => format!("{key} then {rest}"),
                },
                Err(tokens) => format!("not a key: {tokens}"),
            })
            .collect()
    }

    #[test]
    fn keywords_are_keys_and_groups_hide_their_commas() {
        assert_eq!(
            shown(quote!(crate = ::a::b, default, login(email, name), type = 1,)),
            ["crate = :: a :: b", "default", "login(email , name)", "type = 1"]
        );
    }

    #[test]
    fn a_bad_item_costs_itself_only() {
        assert_eq!(
            shown(quote!("x", register, , a.b, rename =)),
            ["not a key: \"x\"", "register", "not a key: ,", "a then . b", "rename = "]
        );
    }
}
