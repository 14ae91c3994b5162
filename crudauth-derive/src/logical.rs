//! The logical fields: what crudauth can know about a user, whatever the columns are called.

use std::fmt::{self, Display, Formatter};

/// What a logical field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    OptionalText,
    Flag,
    Epoch,
    Step,
    Moment,
    OptionalMoment,
}

/// What is true of some logical fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// A user struct must have it.
    Required,
    /// Names a person, so that one can log in by it. The client sends it at sign-up.
    Identifies,
    /// A safety column that `without(..)` may give up.
    GivenUp,
    /// May be kept outside of the users table, by `beside(..)`.
    Beside,
    /// May say `default`: the database may choose its value.
    Default,
    /// May say `provisioned`: the new-user hook may choose its value.
    Provisioned,
    /// A field of the runtime's `LogicalFields` has its name.
    Read,
    /// No client may see it, not even its owner.
    Secret,
}

/// A row of the table.
pub(crate) struct Row {
    name: &'static str,
    /// Its variant in the runtime's own list.
    pub(crate) variant: &'static str,
    kind: Kind,
    /// The type to suggest where the field is missing.
    pub(crate) suggested_type: &'static str,
    properties: &'static [Property],
    /// The trait that a user struct with the field implements.
    pub(crate) capability: Option<&'static str>,
    other_names: &'static [&'static str],
}

macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $Field:ident, $name:literal: $Kind:ident like $suggested:literal,
            is [$($Property:ident),*], $(gives $Capability:ident,)? also [$($other:literal),*];
    )*) => {
        /// A field that means something to crudauth.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Logical {
            $($(#[$doc])* $Field,)*
        }

        const ROWS: &[Row] = &[$(Row {
            name: $name,
            variant: stringify!($Field),
            kind: Kind::$Kind,
            suggested_type: $suggested,
            properties: &[$(Property::$Property),*],
            capability: [$(Some(stringify!($Capability)),)? None][0],
            other_names: &[$($other),*],
        },)*];

        impl Logical {
            pub(crate) const ALL: &[Self] = &[$(Self::$Field),*];
        }
    };
}

logical_fields!(define);

impl Logical {
    /// The four columns of a second factor, which come together.
    pub(crate) const TOTP: [Self; 4] = [
        Self::TotpSecretEncrypted,
        Self::TotpConfirmedAt,
        Self::TotpLastStep,
        Self::MfaRecoveryCodes,
    ];

    /// Whether its column is the link to a provider.
    pub(crate) fn is_link(self) -> bool {
        matches!(self, Self::GoogleId | Self::GithubId)
    }

    pub(crate) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    pub(crate) fn kind(self) -> Kind {
        self.row().kind
    }

    pub(crate) fn is(self, property: Property) -> bool {
        self.row().properties.contains(&property)
    }

    /// A client can never set it, under any name or column.
    pub(crate) fn is_privileged(self) -> bool {
        !self.is(Property::Identifies)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|logical| logical.name() == name)
    }

    /// The field that people also call by this name.
    pub(crate) fn from_other_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|logical| logical.row().other_names.contains(&name))
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// The traits that some logical fields give a user, in the order of the table.
    pub(crate) fn capabilities() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.iter().filter_map(|&logical| Some((logical, logical.row().capability?)))
    }
}

impl Display for Logical {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a user who forgot the password is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Email,
    Phone,
}

impl Factor {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The flag that says whether the factor is proven to be the user's.
    pub(crate) fn verified(self) -> Logical {
        match self {
            Self::Email => Logical::EmailVerified,
            Self::Phone => Logical::FactorVerified,
        }
    }
}

impl Display for Factor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_its_field_and_is_no_other_name() {
        for &logical in Logical::ALL {
            assert_eq!(Logical::from_name(logical.name()), Some(logical));
            assert_eq!(Logical::from_other_name(logical.name()), None);
        }
        assert_eq!(Logical::from_other_name("password_hash"), Some(Logical::HashedPassword));
    }

    #[test]
    fn only_what_names_a_person_may_come_from_the_client() {
        let open = Logical::ALL.iter().filter(|role| !role.is_privileged());
        let open: Vec<_> = open.map(|role| role.name()).collect();
        assert_eq!(open, ["email", "username"]);
    }
}
