//! The first phase: from tokens to the struct as its author wrote it.
//!
//! Reads `#[auth(..)]` in full and the part of `#[diesel(..)]` that names tables and columns. Judges only form: a mistake is reported, its item left out, and reading goes on.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericParam, Lit, LitStr, Meta, Path, Token, Type,
    Visibility,
};

use crate::diag::Diagnostics;
use crate::keys::{FieldKey, Key, StructKey};
use crate::links::{Link, Shelf};
use crate::messages;

use pieces::{Piece, Value};

pub(crate) mod pieces;

/// The struct as written.
pub(crate) struct User<'a> {
    pub(crate) vis: &'a Visibility,
    pub(crate) ident: &'a Ident,
    pub(crate) deprecated: bool,
    pub(crate) fields: Vec<Field<'a>>,
    /// Every `#[diesel(table_name = ..)]`; one is right.
    pub(crate) tables: Vec<Path>,
    /// What `#[diesel(check_for_backend(..))]` names, if it stands there.
    pub(crate) backends: Option<Vec<TokenStream>>,
    pub(crate) login: Option<Keyed<Vec<Ident>>>,
    pub(crate) recovery: Option<Keyed<Vec<Ident>>>,
    pub(crate) without: Vec<Ident>,
    pub(crate) db_default: Vec<Ident>,
    pub(crate) runtime: Option<Path>,
    /// Something that may have declared a logical field, or given one up, could not be read:
    /// what seems to be missing may then be there.
    pub(crate) uncertain: bool,
    /// Every key, on the struct and on its fields.
    pub(crate) links: Vec<Link>,
}

/// A field as written.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// `column = ".."`, as an identifier at the place of the literal.
    pub(crate) column: Option<Keyed<Ident>>,
    pub(crate) logical: Option<Keyed<LitStr>>,
    pub(crate) rename: Option<Keyed<LitStr>>,
    /// `register`, `default` and `provisioned`, in the order written.
    pub(crate) sources: Vec<Keyed<Source>>,
    /// Says `register(reviewed)`: that a client may choose it was thought about.
    pub(crate) reviewed: bool,
    /// `#[diesel(column_name = ..)]`.
    pub(crate) diesel_column: Option<Ident>,
    /// `embed`, `serialize_as` and `deserialize_as` of `#[diesel(..)]`.
    pub(crate) detours: Vec<Ident>,
    /// The `rename` of `#[serde(rename = ..)]`.
    pub(crate) serde_rename: Option<Ident>,
}

impl Field<'_> {
    /// The name as it is spoken, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// A value with the key that it was given by, since most mistakes are shown at the key.
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// What fills a field at sign-up, as far as a key can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Register,
    Default,
    Provisioned,
}

/// Reads the struct. `None` means that there is no struct with fields to go on with.
pub(crate) fn parse<'a>(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Option<User<'a>> {
    let fields = named_fields(input, diagnostics)?;
    reject_generics(input, diagnostics);

    let mut user = User {
        vis: &input.vis,
        ident: &input.ident,
        deprecated: input.attrs.iter().any(|attr| attr.path().is_ident("deprecated")),
        fields: Vec::new(),
        tables: Vec::new(),
        backends: None,
        login: None,
        recovery: None,
        without: Vec::new(),
        db_default: Vec::new(),
        runtime: None,
        uncertain: false,
        links: Vec::new(),
    };
    read_struct_attributes(&mut user, &input.attrs, diagnostics);
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let read = read_field(&mut user, ident, field, diagnostics);
        user.fields.push(read);
    }
    Some(user)
}

/// C01 to C04.
fn named_fields<'a>(
    input: &'a DeriveInput,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Punctuated<syn::Field, Token![,]>> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(_) => {
            diagnostics.report(&input.ident, messages::not_a_struct("an enum"));
            return None;
        }
        Data::Union(_) => {
            diagnostics.report(&input.ident, messages::not_a_struct("a union"));
            return None;
        }
    };
    match &data.fields {
        Fields::Named(fields) if !fields.named.is_empty() => Some(&fields.named),
        Fields::Unnamed(fields) => {
            diagnostics.report(fields, messages::unnamed_fields());
            None
        }
        Fields::Named(_) | Fields::Unit => {
            diagnostics.report(&input.ident, messages::no_fields(&input.ident));
            None
        }
    }
}

/// C05 and C06.
fn reject_generics(input: &DeriveInput, diagnostics: &mut Diagnostics) {
    let mut named = Vec::new();
    for param in &input.generics.params {
        match param {
            GenericParam::Lifetime(param) => {
                diagnostics.report(&param.lifetime, messages::borrowed_fields(&param.lifetime));
            }
            GenericParam::Type(param) => named.push(param.ident.to_string()),
            GenericParam::Const(param) => named.push(param.ident.to_string()),
        }
    }
    if !named.is_empty() {
        diagnostics.report(&input.generics, messages::generic_type(&named));
    }
}

fn read_struct_attributes(user: &mut User<'_>, attrs: &[Attribute], diagnostics: &mut Diagnostics) {
    let owner = user.ident.unraw().to_string();
    for (key, piece) in auth_pieces::<StructKey>(attrs, &owner, &mut user.uncertain, diagnostics) {
        user.links.push(Link::new(Shelf::UserStruct, &piece.key));
        match key {
            StructKey::Login => user.login = Some(names(key, piece, diagnostics)),
            StructKey::Recovery => user.recovery = Some(names(key, piece, diagnostics)),
            StructKey::DbDefault => user.db_default = names(key, piece, diagnostics).value,
            StructKey::Without => {
                user.without = names(key, piece, diagnostics).value;
                user.uncertain |= user.without.is_empty();
            }
            StructKey::Crate => user.runtime = runtime_path(key, piece, diagnostics),
        }
    }
    for piece in pieces_of(attrs, "diesel") {
        if piece.key == "table_name" {
            user.tables.extend(table_path(&piece.value));
        } else if piece.key == "check_for_backend" {
            user.backends = backends(&piece.value);
        }
    }
}

fn read_field<'a>(
    user: &mut User<'_>,
    ident: &'a Ident,
    field: &'a syn::Field,
    diagnostics: &mut Diagnostics,
) -> Field<'a> {
    if let Some(token) = find_self(field.ty.to_token_stream()) {
        diagnostics.report(token, messages::self_in_type(user.ident));
    }
    let mut read = Field {
        ident,
        ty: &field.ty,
        column: None,
        logical: None,
        rename: None,
        sources: Vec::new(),
        reviewed: false,
        diesel_column: None,
        detours: Vec::new(),
        serde_rename: None,
    };
    let owner = read.name();
    let pieces = auth_pieces::<FieldKey>(&field.attrs, &owner, &mut user.uncertain, diagnostics);
    for (key, piece) in pieces {
        user.links.push(Link::new(Shelf::UserField, &piece.key));
        match key {
            FieldKey::Column => read.column = column(key, piece, diagnostics),
            FieldKey::Logical => {
                read.logical = text(key, piece, diagnostics);
                user.uncertain |= read.logical.is_none();
            }
            FieldKey::Rename => read.rename = text(key, piece, diagnostics),
            FieldKey::Register if is_reviewed(&piece.value) => {
                read.reviewed = true;
                read.sources.push(Keyed { key: piece.key, value: Source::Register });
            }
            FieldKey::Register => read.sources.extend(flag(piece, Source::Register, diagnostics)),
            FieldKey::Default => read.sources.extend(flag(piece, Source::Default, diagnostics)),
            FieldKey::Provisioned => {
                read.sources.extend(flag(piece, Source::Provisioned, diagnostics));
            }
        }
    }
    for piece in pieces_of(&field.attrs, "diesel") {
        if piece.key == "column_name" {
            read.diesel_column = diesel_column(&piece.value);
        } else if ["embed", "serialize_as", "deserialize_as"].iter().any(|key| piece.key == key) {
            read.detours.push(piece.key);
        }
    }
    read.serde_rename =
        pieces_of(&field.attrs, "serde").find(|p| p.key == "rename").map(|piece| piece.key);
    read
}

/// The items of every `#[auth(..)]` here, each under the key that it has or must have meant.
/// C08 to C11.
fn auth_pieces<K: Key + PartialEq>(
    attrs: &[Attribute],
    owner: &str,
    uncertain: &mut bool,
    diagnostics: &mut Diagnostics,
) -> Vec<(K, Piece)> {
    let mut found: Vec<(K, Piece)> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("auth")) {
        let list = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            _ => {
                diagnostics.report(attr, messages::no_keys(K::LEVEL));
                continue;
            }
        };
        let pieces = pieces::cut_apart(list.tokens.clone(), |key, found| {
            diagnostics.report(found, messages::missing_comma(&key.unraw().to_string(), found));
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
                // On the wrong level, these still say something of the logical fields.
                *uncertain |= piece.key == "logical" || piece.key == "without";
                continue;
            };
            if found.iter().any(|(earlier, _)| *earlier == key) {
                diagnostics.report(&piece.key, messages::given_twice(key.name(), owner));
                continue;
            }
            found.push((key, piece));
        }
    }
    found
}

/// The key that is meant; a near miss is reported and taken for what it is near to.
fn recognise<K: Key>(written: &Ident, diagnostics: &mut Diagnostics) -> Option<K> {
    let name = written.unraw().to_string();
    if let Some(key) = K::from_name(&name) {
        return Some(key);
    }
    let (message, meant) = messages::unknown_key::<K>(&name);
    diagnostics.report(written, message);
    meant
}

/// Whether this is what stands behind `register` in `register(reviewed)`.
fn is_reviewed(value: &Value) -> bool {
    let Value::List(list) = value else { return false };
    syn::parse2::<Ident>(list.stream()).is_ok_and(|word| word == "reviewed")
}

/// C12.
fn flag(piece: Piece, source: Source, diagnostics: &mut Diagnostics) -> Option<Keyed<Source>> {
    let value = piece.value.to_token_stream();
    if !matches!(piece.value, Value::Absent) {
        let message = messages::takes_no_value(&piece.key);
        if value.is_empty() {
            diagnostics.report(&piece.key, message);
        } else {
            diagnostics.report(&value, message);
        }
    }
    // `= false` must have meant that the key is not given, any other value that it is.
    let denied = syn::parse2::<syn::LitBool>(value).is_ok_and(|value| !value.value);
    (!denied).then_some(Keyed { key: piece.key, value: source })
}

/// C13 and C14.
fn text(key: FieldKey, piece: Piece, diagnostics: &mut Diagnostics) -> Option<Keyed<LitStr>> {
    let found = match &piece.value {
        Value::Absent => {
            diagnostics.report(&piece.key, messages::needs_value(key));
            return None;
        }
        Value::Equals(value) if value.is_empty() => {
            diagnostics.report(&piece.key, messages::needs_value(key));
            return None;
        }
        Value::Equals(value) => match syn::parse2::<Lit>(value.clone()) {
            Ok(Lit::Str(literal)) if literal.value().is_empty() => "an empty string",
            Ok(Lit::Str(literal)) => return Some(Keyed { key: piece.key, value: literal }),
            Ok(literal) => describe(&literal),
            Err(_) => match syn::parse2::<Path>(value.clone()) {
                Ok(path) => {
                    diagnostics.report(&path, messages::unquoted(key, &path));
                    return None;
                }
                Err(_) => "an expression",
            },
        },
        Value::List(_) => "a list",
        Value::Stray(_) => "an expression",
    };
    diagnostics.report(&piece.value, messages::wrong_value(key, found));
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

/// C15.
fn column(key: FieldKey, piece: Piece, diagnostics: &mut Diagnostics) -> Option<Keyed<Ident>> {
    let Keyed { key, value } = text(key, piece, diagnostics)?;
    let name = identifier(&value);
    if name.is_none() {
        diagnostics.report(&value, messages::not_a_column_name(&value.value()));
    }
    Some(Keyed { key, value: name? })
}

/// `"type"` and `"r#type"` both name `r#type`.
fn identifier(literal: &LitStr) -> Option<Ident> {
    let value = literal.value();
    let name = value.strip_prefix("r#").unwrap_or(&value);
    if name == "_" || name.contains(char::is_whitespace) {
        return None;
    }
    let mut ident = syn::parse_str::<Ident>(name)
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{name}")))
        .ok()?;
    ident.set_span(literal.span());
    Some(ident)
}

/// A list of names in parentheses; a bad name costs itself only.
///
/// The key was given, so its absence is no further mistake: a list that cannot be read is empty.
fn names(key: StructKey, piece: Piece, diagnostics: &mut Diagnostics) -> Keyed<Vec<Ident>> {
    let mut found: Vec<Ident> = Vec::new();
    let items = match &piece.value {
        Value::List(list) => pieces::split(list.stream()),
        _ => Vec::new(),
    };
    if items.is_empty() {
        let value = piece.value.to_token_stream();
        let at = if value.is_empty() { piece.key.to_token_stream() } else { value };
        diagnostics.report(at, messages::needs_names(key));
    }
    for item in items {
        match Ident::parse_any.parse2(item.clone()) {
            Ok(name) if found.iter().any(|earlier| earlier.unraw() == name.unraw()) => {
                diagnostics.report(&name, messages::listed_twice(key, &name));
            }
            Ok(name) => found.push(name),
            Err(_) => diagnostics.report(&item, messages::not_a_name(key, &item)),
        }
    }
    Keyed { key: piece.key, value: found }
}

/// C16.
fn runtime_path(key: StructKey, piece: Piece, diagnostics: &mut Diagnostics) -> Option<Path> {
    let Value::Equals(value) = piece.value else {
        diagnostics.report(&piece.key, messages::needs_path(key));
        return None;
    };
    let Ok(path) = syn::parse2::<Path>(value.clone()) else {
        let at = if value.is_empty() { piece.key.to_token_stream() } else { value };
        diagnostics.report(at, messages::needs_path(key));
        return None;
    };
    let starts_at_crate = path
        .segments
        .first()
        .is_some_and(|first| first.ident == "crate" || first.ident == "$crate");
    if path.leading_colon.is_none() && !starts_at_crate {
        diagnostics.report(&path, messages::relative_path());
        return None;
    }
    Some(path)
}

/// The well-formed items of an attribute that is not ours to judge.
fn pieces_of<'a>(attrs: &'a [Attribute], name: &'a str) -> impl Iterator<Item = Piece> + 'a {
    attrs
        .iter()
        .filter(move |attr| attr.path().is_ident(name))
        .filter_map(|attr| attr.meta.require_list().ok())
        .flat_map(|list| pieces::cut(list.tokens.clone()))
        .flatten()
}

/// Diesel takes `table_name = name` and `table_name = "name"`.
fn table_path(value: &Value) -> Option<Path> {
    let Value::Equals(value) = value else { return None };
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(literal) => literal.parse().ok(),
        Err(_) => syn::parse2(value.clone()).ok(),
    }
}

/// Diesel takes `check_for_backend(a::Backend, ..)`, and `check_for_backend(disable = true)`.
fn backends(value: &Value) -> Option<Vec<TokenStream>> {
    let Value::List(list) = value else { return None };
    let named = pieces::split(list.stream());
    let is_switch = matches!(
        pieces::cut(list.stream()).as_slice(),
        [Ok(Piece { key, value: Value::Equals(_) })] if key == "disable"
    );
    (!is_switch).then_some(named)
}

/// Diesel takes `column_name = name` and `column_name = "name"`.
fn diesel_column(value: &Value) -> Option<Ident> {
    let Value::Equals(value) = value else { return None };
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(literal) => identifier(&literal),
        Err(_) => syn::parse2(value.clone()).ok(),
    }
}

fn find_self(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => Some(ident),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}
