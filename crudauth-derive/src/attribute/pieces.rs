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

/// As [`cut`], and also where a comma is missing between two items, of which `missing` is told: the
/// key before, and what stands in the place of the comma.
pub(crate) fn cut_apart(
    tokens: TokenStream,
    mut missing: impl FnMut(&Ident, &TokenTree),
) -> Vec<Result<Piece, TokenStream>> {
    let mut pieces = Vec::new();
    for item in split(tokens) {
        let mut rest = Some(item);
        while let Some(item) = rest.take() {
            let mut piece = read(item);
            if let Ok(piece) = &mut piece
                && let Some((found, next)) = piece.part()
            {
                missing(&piece.key, &found);
                rest = Some(next).filter(|next| !next.is_empty());
            }
            pieces.push(piece);
        }
    }
    pieces
}

impl Piece {
    /// The tokens to underline when the value is wrong: the value, or the key if there is no value.
    pub(crate) fn value_or_key(&self) -> TokenStream {
        let value = self.value.to_token_stream();
        if value.is_empty() { self.key.to_token_stream() } else { value }
    }

    /// Takes off what begins another item: the token where a comma should be, and the item.
    fn part(&mut self) -> Option<(TokenTree, TokenStream)> {
        let (Value::Stray(tokens) | Value::Equals(tokens)) = &self.value else { return None };
        let mut tokens = tokens.clone().into_iter().peekable();
        let own = tokens.next_if(|token| matches!(token, TokenTree::Literal(_)));
        if own.is_none() && matches!(self.value, Value::Equals(_)) {
            return None;
        }
        let found = tokens.next().filter(|token| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(sign) => sign.as_char() == ';',
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        })?;
        let begins = matches!(found, TokenTree::Ident(_)).then(|| found.clone());
        let next = begins.into_iter().chain(tokens).collect();
        self.value = match own {
            Some(own) => Value::Equals(own.into()),
            None => Value::Absent,
        };
        Some((found, next))
    }
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

    #[test]
    fn where_a_comma_is_missing_two_items_are_read() {
        let mut missing = Vec::new();
        let tokens = quote!(register column = "a" rename = "b"; default, logical = a b, default 5);
        let pieces = cut_apart(tokens, |key, found| missing.push(format!("{key} {found}")));
        let keys: Vec<_> = pieces.into_iter().map(|piece| piece.unwrap().key.to_string()).collect();
        assert_eq!(keys, ["register", "column", "rename", "default", "logical", "default"]);
        assert_eq!(missing, ["register column", "column rename", "rename ;"]);
    }
}
