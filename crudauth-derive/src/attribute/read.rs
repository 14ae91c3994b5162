//! Reads every `#[auth(..)]` of a struct or a field: each key with its value, each mistake once.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Attribute, Lit, LitStr, Meta, Path};

use super::ide::Link;
use super::key::{Form, Key};
use super::messages;
use super::pieces::{self, Piece, Value};
use crate::diag::Diagnostics;

/// A value with the key that it was given by, since most mistakes are shown at the key.
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// What the attributes say, by their keys.
pub(crate) struct Attributes<K> {
    given: Vec<Given<K>>,
    /// The names of the keys that could not be read.
    unread: Vec<String>,
    pub(crate) links: Vec<Link>,
}

struct Given<K> {
    key: K,
    at: Ident,
    value: Read,
}

enum Read {
    /// The key alone, or with the word that it admits.
    Flag {
        word: bool,
    },
    Text(LitStr),
    Names(Vec<Ident>),
    Path(Path),
}

/// Reads the attributes of `owner`. A mistake costs the key that it is in, and no more.
pub(crate) fn read<K: Key>(
    attrs: &[Attribute],
    owner: &str,
    diagnostics: &Diagnostics,
) -> Attributes<K> {
    let mut attributes = Attributes { given: Vec::new(), unread: Vec::new(), links: Vec::new() };
    let mut seen: Vec<K> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("auth")) {
        let list = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            _ => {
                diagnostics.report(attr, messages::no_keys::<K>());
                continue;
            }
        };
        let pieces = pieces::cut_apart(list.tokens.clone(), |key, found| {
            diagnostics.report(found, messages::missing_comma(key, found));
        });
        for piece in pieces {
            let piece = match piece {
                Ok(piece) => piece,
                Err(tokens) => {
                    diagnostics.report(&tokens, messages::not_a_key::<K>(&tokens));
                    continue;
                }
            };
            let Some(key) = recognise::<K>(&piece.key, diagnostics) else {
                attributes.unread.push(piece.key.unraw().to_string());
                continue;
            };
            if seen.contains(&key) {
                diagnostics.report(&piece.key, messages::given_twice(key.name(), owner));
                continue;
            }
            seen.push(key);
            attributes.links.push(Link::new(K::MODULE, &piece.key));
            match value(key, &piece, diagnostics) {
                Some(value) => attributes.given.push(Given { key, at: piece.key, value }),
                None => attributes.unread.push(key.name().to_owned()),
            }
        }
    }
    attributes
}

impl<K: Key> Attributes<K> {
    fn given(&self, key: K) -> Option<&Given<K>> {
        self.given.iter().find(|given| given.key == key)
    }

    /// The flags among the keys, in the order written, each with whether its word is there.
    pub(crate) fn flags(&self) -> impl Iterator<Item = (K, &Ident, bool)> {
        self.given.iter().filter_map(|given| match given.value {
            Read::Flag { word } => Some((given.key, &given.at, word)),
            _ => None,
        })
    }

    /// The flag `key`, at its place, where it is given.
    pub(crate) fn flag(&self, key: K) -> Option<Ident> {
        self.flags().find(|(given, ..)| *given == key).map(|(_, at, _)| at.clone())
    }

    pub(crate) fn text(&self, key: K) -> Option<Keyed<LitStr>> {
        let given = self.given(key)?;
        let Read::Text(text) = &given.value else { return None };
        Some(Keyed { key: given.at.clone(), value: text.clone() })
    }

    /// The listed names, with the key.
    pub(crate) fn keyed_names(&self, key: K) -> Option<Keyed<Vec<Ident>>> {
        let value = self.names(key)?;
        Some(Keyed { key: self.given(key)?.at.clone(), value })
    }

    /// The listed names. A list that cannot be read counts as given, and is empty.
    pub(crate) fn names(&self, key: K) -> Option<Vec<Ident>> {
        let Read::Names(names) = &self.given(key)?.value else { return None };
        Some(names.clone())
    }

    pub(crate) fn path(&self, key: K) -> Option<Path> {
        let Read::Path(path) = &self.given(key)?.value else { return None };
        Some(path.clone())
    }

    /// Whether a key of this name was meant and could not be read.
    pub(crate) fn is_unread(&self, name: &str) -> bool {
        self.unread.iter().any(|unread| unread == name)
    }

    /// Every key that was read, at its place.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        self.given.iter().map(|given| &given.at)
    }
}

/// The key that the user meant. A near miss is reported, and read as the key that it is near to.
fn recognise<K: Key>(written: &Ident, diagnostics: &Diagnostics) -> Option<K> {
    let name = written.unraw().to_string();
    if let Some(key) = K::from_name(&name) {
        return Some(key);
    }
    diagnostics.report(written, messages::unknown_key::<K>(&name));
    messages::similar_key::<K>(&name)
}

fn value<K: Key>(key: K, piece: &Piece, diagnostics: &Diagnostics) -> Option<Read> {
    match key.row().form {
        Form::Flag => flag(piece, diagnostics),
        Form::FlagOr(word) if says(word, &piece.value) => Some(Read::Flag { word: true }),
        Form::FlagOr(_) => flag(piece, diagnostics),
        Form::Text(_) => text(key, piece, diagnostics).map(Read::Text),
        Form::Names(_) => Some(Read::Names(names(key, piece, diagnostics))),
        Form::Path(_) => path(key, piece, diagnostics).map(Read::Path),
    }
}

/// Whether the value is the word in parentheses, as in `register(reviewed)`.
fn says(word: &str, value: &Value) -> bool {
    let Value::List(list) = value else { return false };
    syn::parse2::<Ident>(list.stream()).is_ok_and(|said| said == word)
}

fn flag(piece: &Piece, diagnostics: &Diagnostics) -> Option<Read> {
    if !matches!(piece.value, Value::Absent) {
        diagnostics.report(piece.value_or_key(), messages::takes_no_value(&piece.key));
    }
    // `= false` must have meant that the key is not given, any other value that it is.
    let denied = syn::parse2::<syn::LitBool>(piece.value.to_token_stream());
    let denied = denied.is_ok_and(|value| !value.value);
    (!denied).then_some(Read::Flag { word: false })
}

fn text<K: Key>(key: K, piece: &Piece, diagnostics: &Diagnostics) -> Option<LitStr> {
    let found = match &piece.value {
        Value::Equals(value) if !value.is_empty() => match syn::parse2::<Lit>(value.clone()) {
            Ok(Lit::Str(literal)) if literal.value().is_empty() => "an empty string",
            Ok(Lit::Str(literal)) => return Some(literal),
            Ok(literal) => describe(&literal),
            Err(_) => match syn::parse2::<Path>(value.clone()) {
                Ok(path) => {
                    diagnostics.report(&path, messages::unquoted(key.row(), &path));
                    return None;
                }
                Err(_) => "an expression",
            },
        },
        Value::Absent | Value::Equals(_) => {
            diagnostics.report(&piece.key, messages::needs_value(key.row()));
            return None;
        }
        Value::List(_) => "a list",
        Value::Stray(_) => "an expression",
    };
    diagnostics.report(&piece.value, messages::wrong_value(key.row(), Some(found)));
    None
}

fn describe(literal: &Lit) -> &'static str {
    match literal {
        Lit::Int(_) => "an integer",
        Lit::Float(_) => "a float",
        Lit::Bool(_) => "a boolean",
        Lit::Char(_) => "a character",
        Lit::ByteStr(_) | Lit::CStr(_) => "a byte string",
        _ => "another literal",
    }
}

/// A list of names in parentheses; a bad name costs itself only.
fn names<K: Key>(key: K, piece: &Piece, diagnostics: &Diagnostics) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    let items = match &piece.value {
        Value::List(list) => pieces::split(list.stream()),
        _ => Vec::new(),
    };
    if items.is_empty() {
        diagnostics.report(piece.value_or_key(), messages::wrong_value(key.row(), None));
    }
    for item in items {
        match Ident::parse_any.parse2(item.clone()) {
            Ok(name) if found.iter().any(|earlier| earlier.unraw() == name.unraw()) => {
                diagnostics.report(&name, messages::listed_twice(key.name(), &name));
            }
            Ok(name) => found.push(name),
            Err(_) => diagnostics.report(&item, messages::not_a_name(key.row(), &item)),
        }
    }
    found
}

fn path<K: Key>(key: K, piece: &Piece, diagnostics: &Diagnostics) -> Option<Path> {
    let path = match &piece.value {
        Value::Equals(value) => syn::parse2::<Path>(value.clone()).ok(),
        _ => None,
    };
    if path.is_none() {
        diagnostics.report(piece.value_or_key(), messages::wrong_value(key.row(), None));
    }
    path
}
