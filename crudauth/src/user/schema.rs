//! How a struct maps to its table, as data.

use super::{LoginField, When};

/// How a user struct maps to its table.
#[derive(Debug, Clone, Copy)]
pub struct UserSchema {
    /// The name of the struct.
    pub user: &'static str,
    /// The columns, in the order of the fields.
    pub columns: &'static [ColumnSchema],
    /// What users sign in by, in the order of preference.
    pub login: &'static [LoginField],
    /// The recovery factor, by the name of its field.
    pub recovery: Option<&'static str>,
    /// What is kept [beside](super::Beside) the table: of [`Logical::TokenVersion`],
    /// [`Logical::IsActive`] and [`Logical::EmailVerified`].
    pub beside: &'static [Logical],
}

impl UserSchema {
    /// Whether the recovery factor is the e-mail address.
    pub(crate) fn recovers_by_email(&self) -> bool {
        self.recovery == Some(Logical::Email.name())
    }
}

/// One field of a user struct and the column it lives in.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSchema {
    /// The name of the field.
    pub field: &'static str,
    /// The name of the column in SQL.
    pub column: &'static str,
    /// The logical field that the field is.
    pub logical: Option<Logical>,
    /// What the column must hold for its flag to be true; `None` where the field is no flag.
    pub when: Option<When>,
    /// What fills the column at sign-up.
    pub fill: Fill,
    /// Which rows count by this column: `None` where it does not matter.
    pub scope: Option<RowScope>,
}

/// Which rows of a table count. A row that does not is not there: nothing finds it, nothing changes
/// it, and the names in it are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowScope {
    /// Those in which the column is NULL: `#[auth(soft_delete)]` on an `Option`.
    Null,
    /// Those in which the column is false: `#[auth(soft_delete)]` on a `bool`.
    False,
    /// Those in which the column is zero: `#[auth(soft_delete)]` on a small number.
    Zero,
    /// Those in which it is the tenant that is meant: `#[auth(tenant)]`.
    Tenant,
}

impl UserSchema {
    /// The column that says which rows are deleted, though they are in the table.
    #[must_use]
    pub fn soft_delete(&self) -> Option<&'static ColumnSchema> {
        let says_so =
            |column: &&ColumnSchema| column.scope.is_some_and(|scope| scope != RowScope::Tenant);
        self.columns.iter().find(says_so)
    }

    /// The column that says which tenant a row is of.
    #[must_use]
    pub fn tenant(&self) -> Option<&'static ColumnSchema> {
        self.columns.iter().find(|column| column.scope == Some(RowScope::Tenant))
    }
}

impl ColumnSchema {
    /// The name of the field on the wire, where a client sends it, or else its own.
    #[must_use]
    pub fn wire_name(&self) -> &'static str {
        match self.fill {
            Fill::Client(name) => name,
            _ => self.field,
        }
    }

    /// Whether users sign in by this column when they sign in by `field`.
    #[must_use]
    pub fn is_login(&self, field: LoginField) -> bool {
        match field {
            LoginField::Email => self.logical == Some(Logical::Email),
            LoginField::Username => self.logical == Some(Logical::Username),
            LoginField::Other(name) => self.logical.is_none() && self.field == name,
        }
    }
}

/// How a column gets its value when a user signs up. Exactly one per column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fill {
    /// crudauth: the hash, the flags, the epoch, the times.
    Crudauth,
    /// The client, under this name on the wire.
    Client(&'static str),
    /// The database, by its default.
    Database,
    /// The application's new-user hook.
    Provisioned,
    /// Nothing fills it: the column is nullable.
    Null,
}

macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $Field:ident, $name:literal: $_Kind:ident like $_suggested:literal,
            is [$($_Property:ident),*], $(gives $_Capability:ident,)? also [$($_other:literal),*];
    )*) => {
        /// A field that crudauth knows by meaning, whatever its column is called.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Logical {
            $($(#[$doc])* $Field,)*
        }

        impl Logical {
            /// Every logical field.
            pub const ALL: &'static [Self] = &[$(Self::$Field),*];

            /// Its name, as in `#[auth(logical = "..")]`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Field => $name,)*
                }
            }
        }
    };
}

logical_fields!(define);
