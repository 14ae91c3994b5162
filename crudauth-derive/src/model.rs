//! The struct as checked: what cannot be emitted cannot be built.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{Path, Type};

use crate::logical::{Factor, Logical, Property};
use crate::syntax;
use crate::types::is_option;

/// A struct that maps to a row of a user.
pub(crate) struct User<'a> {
    pub(crate) written: &'a syntax::User<'a>,
    pub(crate) ident: &'a Ident,
    pub(crate) table: Path,
    /// The backends that the struct is for; `None` means every enabled one.
    pub(crate) backends: Option<Vec<Backend>>,
    /// In the order of the struct.
    pub(crate) fields: Vec<Field<'a>>,
    /// The primary key.
    pub(crate) id: Field<'a>,
    /// The hash of the password.
    pub(crate) password: Field<'a>,
    /// The fields that users log in by, in the order of `login(..)`. Not empty.
    pub(crate) login: Vec<Field<'a>>,
    pub(crate) recovery: Option<Factor>,
    /// What crudauth keeps beside the table.
    pub(crate) beside: Vec<Logical>,
    /// Users sign in by their password alone, though the struct maps a second factor.
    pub(crate) ignores_second_factor: bool,
    /// crudauth keeps second factors in a table of its own.
    pub(crate) second_factor_beside: bool,
}

/// Where second factors are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondFactors {
    /// In four columns of the struct.
    Columns,
    /// In crudauth's own table.
    OwnTable,
}

/// A field: its column, its role, and what else it is to a user.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    /// Its position among the fields.
    pub(crate) index: usize,
    pub(crate) written: &'a syntax::Field<'a>,
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) column: Ident,
    pub(crate) role: Option<Logical>,
    /// What the column must hold for its flag to be true; `None` for a field that is no flag.
    pub(crate) when: Option<When>,
    /// Which rows count by this column; `None` where it does not matter.
    pub(crate) scope: Option<RowScope>,
    pub(crate) fill: Fill,
    /// Its position among the fields that users log in by.
    pub(crate) login: Option<usize>,
    /// Holds the recovery factor.
    pub(crate) factor: bool,
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
    /// Nothing fills it, which is right only where the column is nullable.
    Null,
}

/// What a column must hold for its flag to be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    True,
    False,
    Null,
    NotNull,
    /// NULL, or a moment that has come.
    Past,
}

impl When {
    /// By its name in `when(..)`, and what its variant in the runtime is called.
    const NAMES: [(&'static str, &'static str, Self); 5] = [
        ("true", "True", Self::True),
        ("false", "False", Self::False),
        ("null", "Null", Self::Null),
        ("not_null", "NotNull", Self::NotNull),
        ("past", "Past", Self::Past),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _, _)| *known == name).map(|(_, _, when)| when)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    /// Its variant in the runtime.
    pub(crate) fn variant(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// Whether it asks about a moment.
    pub(crate) fn is_of_a_moment(self) -> bool {
        matches!(self, Self::Null | Self::NotNull | Self::Past)
    }

    /// Whether the column says the opposite of the flag.
    pub(crate) fn is_inverted(self) -> bool {
        !matches!(self, Self::True | Self::NotNull)
    }
}

/// Which rows of the table count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowScope {
    /// Those in which the column is NULL.
    Null,
    /// Those in which it is false.
    False,
    /// Those in which it is zero.
    Zero,
    /// Those in which it is the tenant that is meant.
    Tenant,
}

impl RowScope {
    /// Its variant in the runtime.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::False => "False",
            Self::Zero => "Zero",
            Self::Tenant => "Tenant",
        }
    }
}

/// A backend of Diesel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backend {
    /// The last name of the path that people write, as in `diesel::pg::Pg`.
    diesel: &'static str,
    /// Its type in the runtime.
    pub(crate) variant: &'static str,
    /// Its name in the gates of the runtime's store macro.
    pub(crate) gate: &'static str,
}

const BACKENDS: [Backend; 3] = [
    Backend { diesel: "Sqlite", variant: "Sqlite", gate: "sqlite" },
    Backend { diesel: "Pg", variant: "Postgres", gate: "postgres" },
    Backend { diesel: "Mysql", variant: "Mysql", gate: "mysql" },
];

impl Backend {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        BACKENDS.into_iter().find(|backend| backend.diesel == name)
    }
}

impl<'a> User<'a> {
    pub(crate) fn logical(&self, logical: Logical) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.role == Some(logical))
    }

    /// Where second factors are kept; `None` where nothing asks for them.
    pub(crate) fn second_factors(&self) -> Option<SecondFactors> {
        if self.second_factor_beside {
            return Some(SecondFactors::OwnTable);
        }
        let in_columns = Logical::TOTP.into_iter().all(|role| self.logical(role).is_some());
        (in_columns && !self.ignores_second_factor).then_some(SecondFactors::Columns)
    }

    /// The fields that make a flag together: each must say so.
    pub(crate) fn flags(&self, logical: Logical) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.role == Some(logical))
    }

    /// Of the fields that say whether an account is active, the one that crudauth writes.
    pub(crate) fn closes_the_account(&self) -> Option<&Field<'a>> {
        closes_the_account(&self.fields)
    }

    /// The field that says whether a row is deleted, though it is in the table.
    pub(crate) fn soft_delete(&self) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.scope.is_some() && !field.is_tenant())
    }

    /// The field that says which tenant a row is of.
    pub(crate) fn tenant(&self) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is_tenant())
    }

    /// The fields that name a person: some logical fields, and the application's login fields.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.logs_in() || field.is(Property::Identifies))
    }

    /// The fields that a client sends at sign-up, each with its name on the wire.
    pub(crate) fn sent(&self) -> impl Iterator<Item = (&Field<'a>, &str)> {
        self.fields.iter().filter_map(|field| match &field.fill {
            Fill::Client { wire_name } => Some((field, wire_name.as_str())),
            _ => None,
        })
    }

    /// Of the fields that a client sends, those that no provider says and that cannot be absent.
    pub(crate) fn only_in_form(&self) -> impl Iterator<Item = &Field<'a>> {
        let sent = self.sent().map(|(field, _)| field);
        sent.filter(|field| !field.is(Property::Identifies) && !is_option(field.ty))
    }

    /// Whether a sign-up needs nothing but an e-mail address.
    pub(crate) fn is_made_of_address(&self) -> bool {
        let is_email = |field: &Field<'_>| field.role == Some(Logical::Email);
        let mut sent = self.sent().map(|(field, _)| field);
        let has_email = self.sent().any(|(field, _)| is_email(field));
        has_email && sent.all(|field| is_email(field) || is_option(field.ty))
    }

    /// The fields that the new-user hook fills.
    pub(crate) fn provisioned(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.fill == Fill::Provisioned)
    }

    /// The field that holds the recovery factor.
    pub(crate) fn recovery_factor(&self) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.factor)
    }

    /// The flag that says whether the recovery factor is proven.
    pub(crate) fn recovery_verified(&self) -> Option<&Field<'a>> {
        self.logical(self.recovery?.verified())
    }

    /// The column of `field` as a path, which is a type.
    pub(crate) fn column(&self, field: &Field<'_>) -> TokenStream {
        let (table, column) = (&self.table, &field.column);
        quote_mixed!(#table::#column)
    }

    /// The column of `field` as people write it.
    pub(crate) fn column_name(&self, field: &Field<'_>) -> String {
        format!("{}.{}", self.table_name(), field.column.unraw())
    }

    pub(crate) fn table_name(&self) -> String {
        self.table.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
    }
}

/// Of the fields that say whether an account is active, the first that is not compared with the
/// clock, or else the first.
pub(crate) fn closes_the_account<'f, 'a>(fields: &'f [Field<'a>]) -> Option<&'f Field<'a>> {
    let mut flags = fields.iter().filter(|field| field.role == Some(Logical::IsActive));
    let first = flags.clone().next();
    flags.find(|field| field.when != Some(When::Past)).or(first)
}

impl Field<'_> {
    /// The name as it is spoken, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    pub(crate) fn logs_in(&self) -> bool {
        self.login.is_some()
    }

    pub(crate) fn is_tenant(&self) -> bool {
        self.scope == Some(RowScope::Tenant)
    }

    pub(crate) fn is(&self, property: Property) -> bool {
        self.role.is_some_and(|role| role.is(property))
    }
}
