//! The steps in the making of crudauth's own tables.

use super::StoreError;

/// The table that the steps of what expires are named by: that of counters comes with it.
pub(crate) const STATE: &str = "crudauth_state";

/// The table of events.
#[cfg(feature = "sql")]
pub(crate) const EVENTS: &str = "crudauth_events";

/// The table of what is kept beside the users table.
#[cfg(feature = "sql")]
pub(crate) const ACCOUNTS: &str = "crudauth_accounts";

/// One step in the making of crudauth's own tables. A step that was released never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its number; steps are applied in this order.
    pub version: i32,
    /// The table that it makes or changes, or the first of those that it makes together. Only the
    /// steps of tables that something mounted keeps rows in are applied.
    pub table: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// The tables of crudauth could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The database has a step that this version of crudauth does not know.
    #[error(
        "the database was made by a newer crudauth: it has migration {version}, which this version \
         does not know; update crudauth, or restore an older database"
    )]
    Newer {
        /// The number of that step.
        version: i32,
    },
    /// The database failed.
    #[error("the tables of crudauth could not be made")]
    Store(#[source] StoreError),
}

/// Every step, in order, with the statements of a database.
#[cfg(feature = "sql")]
macro_rules! steps {
    ($backend:literal) => {{
        use crate::store::migration::{ACCOUNTS, EVENTS, STATE};
        use crate::store::records::{
            ApiKey, Identity, Passkey, PasskeyUser, Record as _, RoleGrant, SecondFactor,
        };
        $crate::store::migration::steps! { $backend:
            1 "0001_state": STATE,
            2 "0002_events": EVENTS,
            3 "0003_identities": Identity::TABLE.name,
            4 "0004_passkeys": Passkey::TABLE.name,
            5 "0005_passkey_users": PasskeyUser::TABLE.name,
            6 "0006_second_factors": SecondFactor::TABLE.name,
            7 "0007_api_keys": ApiKey::TABLE.name,
            8 "0008_user_roles": RoleGrant::TABLE.name,
            9 "0009_accounts": ACCOUNTS,
        }
    }};
    ($backend:literal: $($version:literal $file:literal: $table:expr,)*) => {
        [$($crate::store::Migration {
            version: $version,
            table: $table,
            sql: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/migrations/", $backend, "/", $file, ".sql",
            )),
        },)*]
    };
}

#[cfg(feature = "sql")]
pub(crate) use steps;
