//! From tokens to a schema, or to every reason why it is none.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Fields, LitStr, Meta, Path, Token, Type, Visibility, parse_quote,
};

use super::messages;
use crate::diag::{Diagnostics, Message};
use crate::links::{Link, Shelf};
use crate::syntax::pieces::{self, Piece, Value};

/// The struct of a sign-up body.
pub(super) struct Schema<'a> {
    pub(super) vis: &'a Visibility,
    pub(super) ident: &'a Ident,
    pub(super) deprecated: bool,
    /// Whether `garde` has rules for it, as far as attributes tell.
    pub(super) has_rules: bool,
    pub(super) user: Path,
    /// The path of the runtime crate, `::crudauth` unless the struct says otherwise.
    pub(super) runtime: Path,
    /// All fields but the password, in the order of the struct.
    pub(super) fields: Vec<Field<'a>>,
    pub(super) password: Option<Field<'a>>,
    /// Every key, on the struct and on its fields.
    pub(super) links: Vec<Link>,
}

/// A field of a sign-up body.
pub(super) struct Field<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    /// Its name on the wire.
    pub(super) name: String,
    /// Not for the row of the user.
    pub(super) input_only: bool,
}

/// The keys on the struct, and those on a field.
pub(super) const STRUCT_KEYS: [&str; 2] = ["user", "crate"];
pub(super) const FIELD_KEYS: [&str; 2] = ["input_only", "rename"];

/// Reads the struct. `None` means that there is nothing to go on with.
pub(super) fn parse<'a>(
    input: &'a DeriveInput,
    diagnostics: &mut Diagnostics,
) -> Option<Schema<'a>> {
    let fields = named_fields(input, diagnostics)?;
    if !input.generics.params.is_empty() {
        diagnostics.report(&input.generics, messages::generic(&input.ident));
        return None;
    }
    let mut links = Vec::new();
    let (user, runtime) = struct_keys(input, &mut links, diagnostics);
    let has_rules = |attrs: &[Attribute]| attrs.iter().any(|attr| attr.path().is_ident("garde"));
    let mut schema = Schema {
        vis: &input.vis,
        ident: &input.ident,
        deprecated: input.attrs.iter().any(|attr| attr.path().is_ident("deprecated")),
        has_rules: has_rules(&input.attrs) || fields.iter().any(|field| has_rules(&field.attrs)),
        user: user?,
        runtime: runtime.unwrap_or_else(|| parse_quote!(::crudauth)),
        fields: Vec::new(),
        password: None,
        links,
    };
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let read = read_field(ident, field, &mut schema.links, diagnostics);
        if names.contains(&read.name) {
            diagnostics.report(ident, messages::shared_name(&read.name));
        }
        names.push(read.name.clone());
        if read.name == "password" {
            schema.password = Some(read);
        } else {
            schema.fields.push(read);
        }
    }
    if schema.password.is_none() {
        diagnostics.report(&input.ident, messages::no_password(&input.ident));
    }
    Some(schema)
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Punctuated<syn::Field, Token![,]>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(fields) => diagnostics.report(fields, messages::unnamed_fields()),
            Fields::Unit => diagnostics.report(&input.ident, messages::no_password(&input.ident)),
        },
        Data::Enum(_) => diagnostics.report(&input.ident, messages::not_a_struct("an enum")),
        Data::Union(_) => diagnostics.report(&input.ident, messages::not_a_struct("a union")),
    }
    None
}

fn struct_keys(
    input: &DeriveInput,
    links: &mut Vec<Link>,
    diagnostics: &mut Diagnostics,
) -> (Option<Path>, Option<Path>) {
    let (mut user, mut runtime) = (None, None);
    let mut tried = false;
    for piece in auth_pieces(&input.attrs, &STRUCT_KEYS, diagnostics) {
        links.push(Link::new(Shelf::RegisterSchema, &piece.key));
        if piece.key == "user" {
            tried = true;
            user = path(&piece, messages::needs_user(), diagnostics);
        } else {
            runtime = path(&piece, messages::needs_runtime(), diagnostics).filter(|path| {
                let is_absolute = path.leading_colon.is_some()
                    || path
                        .segments
                        .first()
                        .is_some_and(|first| first.ident == "crate" || first.ident == "$crate");
                if !is_absolute {
                    diagnostics.report(path, crate::messages::relative_path());
                }
                is_absolute
            });
        }
    }
    if !tried {
        diagnostics.report(&input.ident, messages::no_user(&input.ident));
    }
    (user, runtime)
}

fn read_field<'a>(
    ident: &'a Ident,
    field: &'a syn::Field,
    links: &mut Vec<Link>,
    diagnostics: &mut Diagnostics,
) -> Field<'a> {
    let own_name = ident.unraw().to_string();
    let mut read = Field { ident, ty: &field.ty, name: own_name.clone(), input_only: false };
    for piece in auth_pieces(&field.attrs, &FIELD_KEYS, diagnostics) {
        links.push(Link::new(Shelf::RegisterSchema, &piece.key));
        if own_name == "password" {
            diagnostics.report(&piece.key, messages::password_stays(&piece.key));
        } else if piece.key == "input_only" {
            read.input_only = true;
            if !matches!(piece.value, Value::Absent) {
                diagnostics.report(at(&piece), crate::messages::takes_no_value(&piece.key));
            }
        } else if let Some(name) = renamed(&piece, diagnostics) {
            read.name = name;
        }
    }
    read
}

/// The items of every `#[auth(..)]` here that have a key of this level, each key once.
fn auth_pieces(attrs: &[Attribute], keys: &[&str], diagnostics: &mut Diagnostics) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("auth")) {
        let list = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            _ => {
                diagnostics.report(attr, messages::no_keys(keys));
                continue;
            }
        };
        let pieces = pieces::cut_apart(list.tokens.clone(), |key, found| {
            let key = key.unraw().to_string();
            diagnostics.report(found, crate::messages::missing_comma(&key, found));
        });
        for piece in pieces {
            match piece {
                Err(tokens) => diagnostics.report(&tokens, messages::not_a_key(&tokens, keys)),
                Ok(piece) if !keys.iter().any(|key| piece.key == key) => {
                    diagnostics.report(&piece.key, messages::unknown_key(&piece.key, keys));
                }
                Ok(piece) if found.iter().any(|earlier| earlier.key == piece.key) => {
                    diagnostics.report(&piece.key, messages::key_twice(&piece.key));
                }
                Ok(piece) => found.push(piece),
            }
        }
    }
    found
}

/// What to underline where a value is wrong: the value, or the key where there is none.
fn at(piece: &Piece) -> TokenStream {
    let value = piece.value.to_token_stream();
    if value.is_empty() { piece.key.to_token_stream() } else { value }
}

fn path(piece: &Piece, otherwise: Message, diagnostics: &mut Diagnostics) -> Option<Path> {
    let path = match &piece.value {
        Value::Equals(value) => syn::parse2::<Path>(value.clone()).ok(),
        _ => None,
    };
    if path.is_none() {
        diagnostics.report(at(piece), otherwise);
    }
    path
}

fn renamed(piece: &Piece, diagnostics: &mut Diagnostics) -> Option<String> {
    let name = match &piece.value {
        Value::Equals(value) => syn::parse2::<LitStr>(value.clone()).ok(),
        _ => None,
    };
    let name = name.map(|name| name.value()).filter(|name| !name.is_empty());
    match name.as_deref() {
        None => diagnostics.report(at(piece), messages::needs_name()),
        Some("password") => {
            diagnostics.report(at(piece), crate::messages::taken_input("password"));
            return None;
        }
        Some(_) => {}
    }
    name
}
