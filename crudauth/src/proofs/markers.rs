//! Factors as types, for gates.

use super::Factor;

/// A factor as a type, for the gates [`Proof`](crate::Proof) and [`Recent`](crate::Recent).
pub trait Marker: Send + Sync + 'static {
    /// Whether it is this factor.
    fn is(factor: Factor) -> bool;
}

macro_rules! markers {
    ($($(#[$doc:meta])* $name:ident = $factor:pat,)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Marker for $name {
            fn is(factor: Factor) -> bool {
                matches!(factor, $factor)
            }
        }
    )*};
}

markers! {
    /// [`Factor::Password`].
    Password = Factor::Password,
    /// [`Factor::Totp`].
    Totp = Factor::Totp,
    /// [`Factor::RecoveryCode`].
    RecoveryCode = Factor::RecoveryCode,
    /// [`Factor::Mailbox`].
    Mailbox = Factor::Mailbox,
    /// [`Factor::Provider`].
    Provider = Factor::Provider { .. },
    /// [`Factor::Application`].
    Application = Factor::Application,
}
