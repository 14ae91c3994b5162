//! The keys of `#[auth(..)]` as types: the one list that reading, suggestions and help texts share.

use std::fmt::{self, Display, Formatter};

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing: the key stands alone.
    Flag,
    /// Nothing, or this one word in parentheses.
    FlagOr(&'static str),
    /// A string literal, which names this.
    Text(&'static str),
    /// This list in parentheses.
    Names(&'static str),
    /// This path.
    Path(&'static str),
}

/// The derives of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derive {
    AuthUser,
    RegisterSchema,
}

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Struct,
    Field,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Struct => "struct",
            Self::Field => "field",
        })
    }
}

/// A key of one derive in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) derive: Derive,
    pub(crate) place: Place,
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// The key as it is meant to be written, and what it may stand on.
    pub(crate) example: &'static str,
    pub(crate) on: &'static str,
}

/// The keys of one derive in one place.
pub(crate) trait Key: Copy + PartialEq + Sized + 'static {
    const DERIVE: Derive;
    const PLACE: Place;
    /// The module of the runtime that explains them.
    const MODULE: &'static str;
    const ROWS: &'static [Row];
    const ALL: &'static [Self];

    fn row(self) -> &'static Row;

    fn name(self) -> &'static str {
        self.row().name
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    fn names() -> impl Iterator<Item = &'static str> {
        Self::ROWS.iter().map(|row| row.name)
    }
}

/// The keys of `derive` in `place`, or in both.
pub(crate) fn rows(derive: Derive, place: Option<Place>) -> impl Iterator<Item = &'static Row> {
    LEVELS
        .iter()
        .copied()
        .flatten()
        .filter(move |row| row.derive == derive && place.is_none_or(|place| row.place == place))
}

macro_rules! define {
    ($(
        $(#[$_module_text:meta])*
        $Level:ident, $module:ident, $Derive:ident, $Place:ident {$(
            $(#[$_text:meta])*
            $Key:ident, $_item:ident, $name:literal: $Form:ident $(($what:literal))?,
                $example:literal on $on:literal;
        )*}
    )*) => {
        const LEVELS: &[&[Row]] = &[$($Level::ROWS),*];

        $(
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub(crate) enum $Level {
                $($Key,)*
            }

            impl Key for $Level {
                const DERIVE: Derive = Derive::$Derive;
                const PLACE: Place = Place::$Place;
                const MODULE: &'static str = stringify!($module);
                const ROWS: &'static [Row] = &[$(Row {
                    derive: Derive::$Derive,
                    place: Place::$Place,
                    name: $name,
                    form: Form::$Form $(($what))?,
                    example: $example,
                    on: $on,
                },)*];
                const ALL: &'static [Self] = &[$(Self::$Key),*];

                fn row(self) -> &'static Row {
                    &Self::ROWS[self as usize]
                }
            }
        )*
    };
}

keys!(define);
