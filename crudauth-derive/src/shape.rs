//! The shape that both derives require of an item, before they read any attribute.

use syn::{Data, DeriveInput, Fields};

use crate::diag::{Diagnostics, Message};

/// The struct that a derive needs, in words.
pub(crate) struct Shape {
    pub(crate) derive: &'static str,
    /// What to derive it on.
    pub(crate) on: &'static str,
    /// How to name the fields.
    pub(crate) fields: &'static str,
}

/// The fields of a struct that names them all; a unit struct has none.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    shape: &Shape,
    diagnostics: &Diagnostics,
) -> Option<Vec<&'a syn::Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(fields.named.iter().collect()),
            Fields::Unit => return Some(Vec::new()),
            Fields::Unnamed(fields) => diagnostics.report(fields, unnamed_fields(shape)),
        },
        Data::Enum(_) => diagnostics.report(&input.ident, not_a_struct(shape, "an enum")),
        Data::Union(_) => diagnostics.report(&input.ident, not_a_struct(shape, "a union")),
    }
    None
}

fn not_a_struct(shape: &Shape, what: &str) -> Message {
    Message::new(format!("`{}` cannot be derived for {what}", shape.derive)).help(shape.on)
}

fn unnamed_fields(shape: &Shape) -> Message {
    Message::new(format!("`{}` needs named fields", shape.derive)).help(shape.fields)
}

/// Whether the struct is deprecated. Its expansion must not warn about it.
pub(crate) fn is_deprecated(input: &DeriveInput) -> bool {
    input.attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
}
