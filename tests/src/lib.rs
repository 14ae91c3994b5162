//! What the tests of crudauth share.

pub mod attack;
pub mod built;
pub mod conformance;
pub mod mutants;
pub mod provider;
pub mod support;
pub mod timing;

/// The documents, whose examples are tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../crudauth-derive/docs/auth_user.md")]
    struct DeriveAuthUser;

    #[doc = include_str!("../../crudauth-derive/docs/register_schema.md")]
    struct DeriveRegisterSchema;
}
