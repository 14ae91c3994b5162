//! From tokens to the sign-up body as its author wrote it.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, LitStr, Path, Type, Visibility};

use super::messages;
use crate::attribute::ide::Link;
use crate::attribute::key::{SchemaFieldKey, SchemaKey};
use crate::attribute::read::{Keyed, read};
use crate::attribute::runtime;
use crate::diag::Diagnostics;
use crate::shape::{Shape, is_deprecated, named_fields};

/// The struct of a sign-up body.
pub(super) struct Schema<'a> {
    pub(super) vis: &'a Visibility,
    pub(super) ident: &'a Ident,
    pub(super) deprecated: bool,
    /// Whether `garde` has rules for it, as far as attributes tell.
    pub(super) has_rules: bool,
    pub(super) user: Path,
    pub(super) runtime: Path,
    /// In the order of the struct.
    pub(super) fields: Vec<Field<'a>>,
    /// Every key, on the struct and on its fields.
    pub(super) links: Vec<Link>,
}

/// A field of a sign-up body.
pub(super) struct Field<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    pub(super) rename: Option<Keyed<LitStr>>,
    /// Not for the row of the user.
    pub(super) input_only: bool,
    /// The keys on it.
    pub(super) keys: Vec<Ident>,
}

const SHAPE: Shape = Shape {
    derive: "RegisterSchema",
    on: "derive it on a struct that has a field for each input of the sign-up",
    fields: "give each field its name on the wire, as in `struct SignUp { email: String, .. }`",
};

/// Reads the struct. `None` means that there is nothing to go on with.
pub(super) fn parse<'a>(input: &'a DeriveInput, diagnostics: &Diagnostics) -> Option<Schema<'a>> {
    let fields = named_fields(input, &SHAPE, diagnostics)?;
    if !input.generics.params.is_empty() {
        diagnostics.report(&input.generics, messages::generic(&input.ident));
        return None;
    }
    let owner = input.ident.unraw().to_string();
    let attributes = read::<SchemaKey>(&input.attrs, &owner, diagnostics);
    let runtime = runtime(attributes.path(SchemaKey::Crate), diagnostics);
    let user = attributes.path(SchemaKey::User);
    if user.is_none() && !attributes.is_unread("user") {
        diagnostics.report(&input.ident, messages::no_user(&input.ident));
    }
    let mut links = attributes.links;
    let mut has_rules = has_rules(&input.attrs);
    let mut read_fields = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let attributes =
            read::<SchemaFieldKey>(&field.attrs, &ident.unraw().to_string(), diagnostics);
        has_rules |= self::has_rules(&field.attrs);
        read_fields.push(Field {
            ident,
            ty: &field.ty,
            rename: attributes.text(SchemaFieldKey::Rename),
            input_only: attributes.flags().any(|(key, _, _)| key == SchemaFieldKey::InputOnly),
            keys: attributes.keys().cloned().collect(),
        });
        links.extend(attributes.links);
    }
    Some(Schema {
        vis: &input.vis,
        ident: &input.ident,
        deprecated: is_deprecated(input),
        has_rules,
        user: user?,
        runtime,
        fields: read_fields,
        links,
    })
}

fn has_rules(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("garde"))
}
