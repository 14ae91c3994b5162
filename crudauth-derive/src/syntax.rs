//! The first phase: from tokens to the struct as its author wrote it.
//!
//! Reads `#[auth(..)]` in full and the part of `#[diesel(..)]` that names tables and columns. It
//! judges only form: a mistake is reported, its item left out, and reading goes on.

use std::fmt::{self, Display, Formatter};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::{Attribute, DeriveInput, GenericParam, LitStr, Path, Type, Visibility};

use crate::attribute::ide::Link;
use crate::attribute::key::{Key, UserFieldKey, UserKey};
use crate::attribute::pieces::{self, Piece, Value};
use crate::attribute::read::{Attributes, Keyed, read};
use crate::attribute::runtime;
use crate::diag::Diagnostics;
use crate::messages;
use crate::shape::{Shape, is_deprecated, named_fields};

/// The struct as written.
pub(crate) struct User<'a> {
    pub(crate) vis: &'a Visibility,
    pub(crate) ident: &'a Ident,
    pub(crate) deprecated: bool,
    pub(crate) fields: Vec<Field<'a>>,
    /// Every `#[diesel(table_name = ..)]`; one is right.
    pub(crate) tables: Vec<Path>,
    /// What `#[diesel(check_for_backend(..))]` names, if it is there.
    pub(crate) backends: Option<Vec<TokenStream>>,
    pub(crate) login: Option<Vec<Ident>>,
    pub(crate) recovery: Option<Vec<Ident>>,
    pub(crate) without: Vec<Ident>,
    pub(crate) beside: Vec<Ident>,
    pub(crate) db_default: Vec<Ident>,
    pub(crate) runtime: Path,
    /// A key that may have declared a logical field, kept it elsewhere or given it up could not be read. A field
    /// that seems to be missing may then be there.
    pub(crate) uncertain: bool,
    /// Every key, on the struct and on its fields.
    pub(crate) links: Vec<Link>,
}

/// A field as written.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// `column = ".."`, as an identifier at the place of the literal.
    pub(crate) column: Option<Ident>,
    pub(crate) logical: Option<Keyed<LitStr>>,
    /// What `when(..)` lists; one is right.
    pub(crate) when: Option<Keyed<Vec<Ident>>>,
    pub(crate) rename: Option<Keyed<LitStr>>,
    /// `register`, `default` and `provisioned`, in the order written.
    pub(crate) sources: Vec<Keyed<Source>>,
    /// `tenant`, at its place.
    pub(crate) tenant: Option<Ident>,
    /// `soft_delete`, at its place.
    pub(crate) soft_delete: Option<Ident>,
    /// Says `register(reviewed)`: somebody has decided that a client may choose it.
    pub(crate) reviewed: bool,
    /// `#[diesel(column_name = ..)]`.
    pub(crate) diesel_column: Option<Ident>,
    /// `embed`, `serialize_as` and `deserialize_as` of `#[diesel(..)]`.
    pub(crate) detours: Vec<Ident>,
    /// The `rename` of `#[serde(rename = ..)]`.
    pub(crate) serde_rename: Option<Ident>,
    /// `#[serde(..)]` leaves it out, or says how it is written.
    pub(crate) serde_decides: bool,
}

impl Field<'_> {
    /// The name as it is spoken, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    pub(crate) fn says(&self, source: Source) -> bool {
        self.sources.iter().any(|given| given.value == source)
    }
}

/// What fills a field at sign-up, as far as a key can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Register,
    Default,
    Provisioned,
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Default => "default",
            Self::Provisioned => "provisioned",
        })
    }
}

const SHAPE: Shape = Shape {
    derive: "AuthUser",
    on: "a user is one row of one table; derive it on the struct that models the row",
    fields: "give each field the name of its column, as in `struct User { id: i32, .. }`",
};

/// Reads the struct. `None` means that there is no struct with fields to go on with.
pub(crate) fn parse<'a>(input: &'a DeriveInput, diagnostics: &Diagnostics) -> Option<User<'a>> {
    let fields = named_fields(input, &SHAPE, diagnostics)?;
    if fields.is_empty() {
        diagnostics.report(&input.ident, messages::no_fields(&input.ident));
        return None;
    }
    reject_generics(input, diagnostics);

    let owner = input.ident.unraw().to_string();
    let attributes = read::<UserKey>(&input.attrs, &owner, diagnostics);
    let without = attributes.names(UserKey::Without);
    let beside = attributes.names(UserKey::Beside);
    let is_empty = |names: &Option<Vec<Ident>>| names.as_ref().is_some_and(Vec::is_empty);
    let names_nothing = is_empty(&without) || is_empty(&beside);
    let mut user = User {
        vis: &input.vis,
        ident: &input.ident,
        deprecated: is_deprecated(input),
        fields: Vec::new(),
        tables: Vec::new(),
        backends: None,
        login: attributes.names(UserKey::Login),
        recovery: attributes.names(UserKey::Recovery),
        without: without.unwrap_or_default(),
        beside: beside.unwrap_or_default(),
        db_default: attributes.names(UserKey::DbDefault).unwrap_or_default(),
        runtime: runtime(attributes.path(UserKey::Crate), diagnostics),
        uncertain: names_nothing || hides_a_role(&attributes),
        links: attributes.links,
    };
    for piece in pieces_of(&input.attrs, "diesel") {
        if piece.key == "table_name" {
            user.tables.extend(quoted_or_not(&piece.value, |name| name.parse::<Path>().ok()));
        } else if piece.key == "check_for_backend" {
            user.backends = backends(&piece.value);
        }
    }
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let read = read_field(&mut user, ident, field, diagnostics);
        user.fields.push(read);
    }
    Some(user)
}

/// Whether a key that declares a logical field, keeps one elsewhere or gives it up could not be read.
fn hides_a_role<K: Key>(attributes: &Attributes<K>) -> bool {
    ["logical", "without", "beside"].into_iter().any(|key| attributes.is_unread(key))
}

fn reject_generics(input: &DeriveInput, diagnostics: &Diagnostics) {
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

fn read_field<'a>(
    user: &mut User<'_>,
    ident: &'a Ident,
    field: &'a syn::Field,
    diagnostics: &Diagnostics,
) -> Field<'a> {
    if let Some(token) = find_self(field.ty.to_token_stream()) {
        diagnostics.report(token, messages::self_in_type(user.ident));
    }
    let owner = ident.unraw().to_string();
    let attributes = read::<UserFieldKey>(&field.attrs, &owner, diagnostics);
    let column = attributes.text(UserFieldKey::Column).and_then(|column| {
        let name = identifier(&column.value);
        if name.is_none() {
            let message = messages::not_a_column_name(&column.value.value());
            diagnostics.report(&column.value, message);
        }
        name
    });
    let sources = attributes.flags().filter_map(|(key, at, _)| {
        let value = match key {
            UserFieldKey::Register => Source::Register,
            UserFieldKey::Default => Source::Default,
            UserFieldKey::Provisioned => Source::Provisioned,
            UserFieldKey::Column
            | UserFieldKey::Logical
            | UserFieldKey::When
            | UserFieldKey::Rename
            | UserFieldKey::SoftDelete
            | UserFieldKey::Tenant => return None,
        };
        Some(Keyed { key: at.clone(), value })
    });
    let mut read = Field {
        ident,
        ty: &field.ty,
        column,
        logical: attributes.text(UserFieldKey::Logical),
        when: attributes.keyed_names(UserFieldKey::When),
        rename: attributes.text(UserFieldKey::Rename),
        sources: sources.collect(),
        tenant: attributes.flag(UserFieldKey::Tenant),
        soft_delete: attributes.flag(UserFieldKey::SoftDelete),
        reviewed: attributes.flags().any(|(_, _, reviewed)| reviewed),
        diesel_column: None,
        detours: Vec::new(),
        serde_rename: pieces_of(&field.attrs, "serde")
            .find(|piece| piece.key == "rename")
            .map(|piece| piece.key),
        serde_decides: pieces_of(&field.attrs, "serde").any(|piece| {
            let keys = ["skip", "skip_serializing", "serialize_with", "with"];
            keys.iter().any(|key| piece.key == key)
        }),
    };
    for piece in pieces_of(&field.attrs, "diesel") {
        if piece.key == "column_name" {
            read.diesel_column = quoted_or_not(&piece.value, identifier);
        } else if ["embed", "serialize_as", "deserialize_as"].iter().any(|key| piece.key == key) {
            read.detours.push(piece.key);
        }
    }
    user.uncertain |= hides_a_role(&attributes);
    user.links.extend(attributes.links);
    read
}

/// The column that a literal names: `"type"` and `"r#type"` both name `r#type`.
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

/// The well-formed items of an attribute of another crate, which reports the others itself.
fn pieces_of<'a>(attrs: &'a [Attribute], name: &'a str) -> impl Iterator<Item = Piece> + 'a {
    attrs
        .iter()
        .filter(move |attr| attr.path().is_ident(name))
        .filter_map(|attr| attr.meta.require_list().ok())
        .flat_map(|list| pieces::cut(list.tokens.clone()))
        .flatten()
}

/// Diesel takes `table_name = name` and `table_name = "name"`, and `column_name` likewise.
fn quoted_or_not<T: Parse>(value: &Value, unquote: fn(&LitStr) -> Option<T>) -> Option<T> {
    let Value::Equals(value) = value else { return None };
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(literal) => unquote(&literal),
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

fn find_self(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => Some(ident),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}
