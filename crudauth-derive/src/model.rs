//! The struct as checked: what cannot be emitted cannot be built.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Path, Type, Visibility};

use crate::diag::Message;
use crate::links::Link;
use crate::logical::{Factor, Logical};

/// A struct that maps to a row of a user.
pub(crate) struct User<'a> {
    pub(crate) vis: &'a Visibility,
    pub(crate) ident: &'a Ident,
    pub(crate) deprecated: bool,
    /// The path of the runtime crate, `::crudauth` unless the struct says otherwise.
    pub(crate) runtime: Path,
    pub(crate) table: Path,
    /// The backends that the struct is for; `None` means every enabled one.
    pub(crate) backends: Option<Vec<Backend>>,
    /// In the order of the struct.
    pub(crate) fields: Vec<Field<'a>>,
    /// The primary key, as a place in `fields`.
    pub(crate) id: usize,
    /// The hash of the password, as a place in `fields`.
    pub(crate) password: usize,
    /// What a user can log in by, in the order of `login(..)`, as places in `fields`. Not empty.
    pub(crate) login: Vec<usize>,
    pub(crate) recovery: Option<Recovery>,
    /// Whether users sign in by their password alone, though the struct maps a second factor.
    pub(crate) ignores_second_factor: bool,
    /// NOT NULL columns that the struct lacks and the database fills.
    pub(crate) db_default: Vec<Ident>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) links: Vec<Link>,
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

/// A backend of Diesel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
    Mysql,
}

impl Backend {
    /// By the last name of the path that people write, as in `diesel::pg::Pg`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "Sqlite" => Some(Self::Sqlite),
            "Pg" => Some(Self::Postgres),
            "Mysql" => Some(Self::Mysql),
            _ => None,
        }
    }

    /// Its type in the runtime.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres => "Postgres",
            Self::Mysql => "Mysql",
        }
    }

    /// Its name in the gates of the runtime's store macro.
    pub(crate) fn gate(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

/// How an account is won back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) factor: Factor,
}

/// Something that works and is probably not meant.
pub(crate) struct Warning {
    /// The name of a key at the user's own place: a lint on a span of the expansion would not be
    /// shown.
    pub(crate) at: Ident,
    pub(crate) message: Message,
}

impl<'a> User<'a> {
    pub(crate) fn id(&self) -> &Field<'a> {
        &self.fields[self.id]
    }

    pub(crate) fn password(&self) -> &Field<'a> {
        &self.fields[self.password]
    }

    pub(crate) fn logical(&self, logical: Logical) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.logical == Some(logical))
    }

    pub(crate) fn login_fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.login.iter().map(|&place| &self.fields[place])
    }

    /// What names a person: the logical fields that do, and the application's login fields.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields
            .iter()
            .enumerate()
            .filter(|(place, field)| {
                field.logical.is_some_and(Logical::identifies) || self.login.contains(place)
            })
            .map(|(_, field)| field)
    }

    /// The fields that a client sends at sign-up, each with its name on the wire.
    pub(crate) fn sent(&self) -> impl Iterator<Item = (&Field<'a>, &str)> {
        self.fields.iter().filter_map(|field| match &field.fill {
            Fill::Client { wire_name } => Some((field, wire_name.as_str())),
            _ => None,
        })
    }

    /// The fields that the new-user hook fills.
    pub(crate) fn provisioned(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.fill == Fill::Provisioned)
    }

    /// The field that holds the recovery factor.
    pub(crate) fn recovery_factor(&self) -> Option<&Field<'a>> {
        let factor = self.recovery?.factor;
        match factor {
            Factor::Email => self.logical(Logical::Email),
            Factor::Phone => self.fields.iter().find(|field| field.name() == factor.name()),
        }
    }

    /// The flag that says whether the recovery factor is proven.
    pub(crate) fn recovery_verified(&self) -> Option<&Field<'a>> {
        self.logical(self.recovery?.factor.verified())
    }

    /// The column of `field` as a path, which is a type.
    pub(crate) fn column(&self, field: &Field<'_>) -> TokenStream {
        let (table, column) = (&self.table, &field.column);
        quote_spanned!(Span::mixed_site()=> #table::#column)
    }

    /// The column of `field` as people write it.
    pub(crate) fn column_name(&self, field: &Field<'_>) -> String {
        format!("{}.{}", self.table_name(), field.column.unraw())
    }

    pub(crate) fn table_name(&self) -> String {
        self.table.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
    }
}

impl Field<'_> {
    /// The name as it is spoken, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}
