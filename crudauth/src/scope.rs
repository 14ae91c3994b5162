//! The names of scopes, as types and constants.

use std::borrow::Borrow;
use std::fmt;

/// The name of a scope as the code of an application writes it: the `scope-token` of RFC 6749
/// §3.3. [`scopes!`](crate::scopes) makes it, as the [`NAME`](ScopeName::NAME) of a type, so that
/// a typing error does not compile. What arrives by wire is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeToken(&'static str);

impl ScopeToken {
    /// Takes one or more visible ASCII characters without quote and backslash; `None` for
    /// everything else.
    #[must_use]
    pub const fn new(name: &'static str) -> Option<Self> {
        let mut rest = name.as_bytes();
        if rest.is_empty() {
            return None;
        }
        while let [byte, after @ ..] = rest {
            if !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\\') {
                return None;
            }
            rest = after;
        }
        Some(Self(name))
    }

    /// The name as tokens have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Borrow<str> for ScopeToken {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl fmt::Display for ScopeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The name of a scope, as a type. [`scopes!`](crate::scopes) writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "not a scope",
    note = "declare it: `crudauth::scopes! {{ pub {Self} = \"reports:read\"; }}`"
)]
pub trait ScopeName: Send + Sync + 'static {
    /// The scope as the configuration takes it.
    const NAME: ScopeToken;
}

/// Changing the account itself, its password and its e-mail address: `account` on the wire. A bearer
/// token needs it as soon as it has not [everything](crate::BearerConfig::grantable_scopes) that a
/// token can have; the gate [`ManageAccount`](crate::ManageAccount) says who may.
#[derive(Debug, Clone, Copy)]
pub enum AccountScope {}

impl ScopeName for AccountScope {
    const NAME: ScopeToken = ScopeToken("account");
}

/// Declares scopes as types, each with its name on the wire.
///
/// ```
/// use crudauth::{BearerConfig, ScopeName};
///
/// crudauth::scopes! {
///     /// Reading notes.
///     pub NotesRead = "notes:read";
///     /// Reading reports.
///     pub ReportsRead = "reports:read";
/// }
///
/// let bearer = BearerConfig::default().grantable_scopes([NotesRead::NAME, ReportsRead::NAME]);
/// # let _ = bearer;
/// ```
///
/// A name that no scope can have (RFC 6749 §3.3) does not compile:
///
/// ```compile_fail,E0080
/// crudauth::scopes! {
///     pub NotesRead = "notes read";
/// }
/// ```
#[macro_export]
macro_rules! scopes {
    ($($(#[$attribute:meta])* $visibility:vis $Name:ident = $name:literal;)+) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        $visibility enum $Name {}

        impl $crate::ScopeName for $Name {
            const NAME: $crate::ScopeToken = match $crate::ScopeToken::new($name) {
                $crate::__private::Option::Some(name) => name,
                $crate::__private::Option::None => $crate::__private::core::panic!(
                    "no scope can have this name: use visible ASCII without space, quote and \
                     backslash"
                ),
            };
        }

        // A constant of an impl is evaluated where it is used; this one always is.
        const _: $crate::ScopeToken = <$Name as $crate::ScopeName>::NAME;
    )+};
}
