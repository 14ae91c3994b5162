//! Tenants: users who share a table and have nothing to do with each other.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A type that tells tenants apart: that of the field that says `#[auth(tenant)]`. Integers, `String`
/// and `Uuid` are; a type of your own is one by `impl TenantId for Shop {}`, if two values are equal
/// where their texts are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell tenants apart",
    label = "needs `TenantId`",
    note = "an integer, a `String` or a `uuid::Uuid` does; for a type of your own: `impl crudauth::user::TenantId for {Self} {{}}`"
)]
pub trait TenantId: Clone + PartialEq + fmt::Display + FromStr + Send + Sync + 'static {
    /// The one value of a type that has no other, so that nothing has to say which is meant.
    #[doc(hidden)]
    fn only() -> Option<Self> {
        None
    }
}

macro_rules! tell_tenants_apart {
    ($($Id:ty)*) => {$(
        impl TenantId for $Id {}
    )*};
}

tell_tenants_apart!(i16 i32 i64 u16 u32 u64 String);

#[cfg(feature = "uuid")]
tell_tenants_apart!(uuid::Uuid);

/// The [`AuthUser::Tenant`](super::AuthUser::Tenant) of a struct without `#[auth(tenant)]`: all rows
/// are of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoTenant;

impl TenantId for NoTenant {
    fn only() -> Option<Self> {
        Some(Self)
    }
}

impl fmt::Display for NoTenant {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl FromStr for NoTenant {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// Nothing says which tenant is meant, or there is no such tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no tenant is named, or none that there is")]
pub struct UnknownTenant;
