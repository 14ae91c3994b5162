//! The struct as checked: what cannot be emitted cannot be built.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Path, Type, Visibility};

use crate::diag::Message;
use crate::logical::{Factor, Logical};

/// A struct that maps to a row of a user.
pub(crate) struct User<'a> {
    pub(crate) vis: &'a Visibility,
    pub(crate) ident: &'a Ident,
    /// The path of the runtime crate, `::crudauth` unless the struct says otherwise.
    pub(crate) runtime: Path,
    pub(crate) table: Path,
    /// The backends of `#[diesel(check_for_backend(..))]`; none means those of the runtime.
    pub(crate) backends: Vec<Type>,
    /// In the order of the struct.
    pub(crate) fields: Vec<Field<'a>>,
    /// What a user can log in by, in the order of `login(..)`, as places in `fields`. Not empty.
    pub(crate) login: Vec<usize>,
    pub(crate) recovery: Option<Recovery>,
    /// NOT NULL columns that the struct lacks and the database fills.
    pub(crate) db_default: Vec<Ident>,
    pub(crate) warnings: Vec<Warning>,
}

/// A field and the column that it lives in.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) column: Ident,
    pub(crate) logical: Option<Logical>,
    pub(crate) fill: Fill,
}

/// How a column gets its value when a user signs up. Exactly one for each column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Written by the library: the hash, the flags, the epoch, the times, a generated id.
    Crudauth,
    /// Sent by the client, under this name.
    Client { wire_name: String },
    /// Left out of the INSERT on purpose.
    Database,
    /// Chosen by the application's new-user hook.
    Provisioned,
    /// Nothing said: right only where the column is nullable.
    Null,
}

/// How an account is won back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) factor: Factor,
    /// The place in `fields` of the address or number.
    pub(crate) field: usize,
}

/// Something that works and is probably not meant.
pub(crate) struct Warning {
    /// The user's own tokens: a lint on a span of the expansion would not be shown.
    pub(crate) span: Span,
    pub(crate) message: Message,
}

impl User<'_> {
    pub(crate) fn logical(&self, logical: Logical) -> Option<&Field<'_>> {
        self.fields.iter().find(|field| field.logical == Some(logical))
    }

    pub(crate) fn login_fields(&self) -> impl Iterator<Item = &Field<'_>> {
        self.login.iter().filter_map(|&place| self.fields.get(place))
    }
}

impl Field<'_> {
    /// The name as it is spoken, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The name that crudauth knows it by: the logical one, or its own.
    pub(crate) fn known_as(&self) -> String {
        self.logical.map_or_else(|| self.name(), |logical| logical.name().to_owned())
    }
}
