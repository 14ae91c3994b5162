//! The keys of `#[auth(..)]`: the one list that parsing, suggestions and help texts share.

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Struct,
    Field,
}

/// A key on the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StructKey {
    Login,
    Recovery,
    Without,
    DbDefault,
    Crate,
}

/// A key on a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKey {
    Column,
    Logical,
    Register,
    Rename,
    Default,
    Provisioned,
}

/// What the parser needs of both kinds of key.
pub(crate) trait Key: Copy + Sized + 'static {
    const LEVEL: Level;
    const ALL: &'static [Self];

    fn name(self) -> &'static str;

    /// The key as it is meant to be written, for help texts.
    fn example(self) -> &'static str;

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|key| key.name())
    }
}

impl Key for StructKey {
    const LEVEL: Level = Level::Struct;
    const ALL: &'static [Self] =
        &[Self::Login, Self::Recovery, Self::Without, Self::DbDefault, Self::Crate];

    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Recovery => "recovery",
            Self::Without => "without",
            Self::DbDefault => "db_default",
            Self::Crate => "crate",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Login => "login(email)",
            Self::Recovery => "recovery(email)",
            Self::Without => "without(is_active)",
            Self::DbDefault => "db_default(legacy_code)",
            Self::Crate => "crate = ::my_reexport::crudauth",
        }
    }
}

impl Key for FieldKey {
    const LEVEL: Level = Level::Field;
    const ALL: &'static [Self] = &[
        Self::Column,
        Self::Logical,
        Self::Register,
        Self::Rename,
        Self::Default,
        Self::Provisioned,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Logical => "logical",
            Self::Register => "register",
            Self::Rename => "rename",
            Self::Default => "default",
            Self::Provisioned => "provisioned",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Column => "column = \"pw_hash\"",
            Self::Logical => "logical = \"hashed_password\"",
            Self::Register => "register",
            Self::Rename => "register, rename = \"fullName\"",
            Self::Default => "default",
            Self::Provisioned => "provisioned",
        }
    }
}

impl FieldKey {
    /// What the value of a key with a value names.
    pub(crate) fn value_kind(self) -> &'static str {
        match self {
            Self::Column => "a column name",
            Self::Logical => "the name of a logical field",
            Self::Rename => "a name on the wire",
            Self::Register | Self::Default | Self::Provisioned => "no value",
        }
    }
}
