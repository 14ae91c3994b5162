//! The kinds of rows. Each is a struct, from which its table follows.

use std::fmt;
use std::time::SystemTime;

use super::port::Condition;
use super::record::{Field, ID, Key, OWNER, Record, USERS, Used};
use super::table::{Column, ColumnValue, Row, Table, Value};

/// The most bytes of a column: none where no length is given, since a number has no length.
macro_rules! most {
    () => {
        0
    };
    ($most:literal) => {
        $most
    };
}

/// Declares kinds of rows: the table of each, its columns with the most bytes of a text, and the
/// sets of columns that are unique, each by the name of the look-up that it serves.
macro_rules! records {
    ($(
        $(#[$meta:meta])*
        $record:ident in $table:literal {
            $($(#[$about:meta])* $field:ident: $type:ty $([$most:literal])?,)*
        } unique {
            $($by:ident($($key:ident: $key_type:ty),+),)*
        }
    )*) => {
        /// The tables of all kinds of rows.
        pub const TABLES: &[&Table] = &[$($record::TABLE),*];

        $(
            $(#[$meta])*
            #[derive(Clone, PartialEq, Eq)]
            pub struct $record {
                /// Its own id; [`new_id`](super::new_id) makes one.
                pub id: String,
                /// The id of its user, as text.
                pub owner: String,
                $($(#[$about])* pub $field: $type,)*
            }

            impl $record {
                $(
                    #[doc = concat!("The column `", stringify!($field), "`.")]
                    #[must_use]
                    pub fn $field() -> Field<Self, $type> {
                        Field::new(stringify!($field))
                    }
                )*

                $(
                    /// The record with these values, of which there is one at most.
                    #[must_use]
                    pub fn $by($($key: $key_type),+) -> Key<Self> {
                        Key::new(vec![$(Condition::Is(stringify!($key), Value::from($key))),+])
                    }
                )*
            }

            impl Record for $record {
                const TABLE: &'static Table = &Table {
                    name: $table,
                    columns: &[
                        Column::of::<String>(ID, 36),
                        Column::of::<String>(USERS, 190),
                        Column::of::<String>(OWNER, 1024),
                        $(Column::of::<$type>(stringify!($field), most!($($most)?)),)*
                    ],
                    unique: &[&[ID], $(&[USERS, $(stringify!($key)),+]),*],
                };

                fn id(&self) -> &str {
                    &self.id
                }

                fn owner(&self) -> &str {
                    &self.owner
                }

                fn into_row(self, users: &str) -> Row {
                    let Self { id, owner, $($field),* } = self;
                    let (id, owner) = (id.into_value(), owner.into_value());
                    vec![id, users.into(), owner, $($field.into_value()),*]
                }

                fn from_row(row: Row) -> Option<Self> {
                    let mut values = row.into_iter();
                    let id = ColumnValue::from_value(values.next()?)?;
                    let _users = values.next()?;
                    Some(Self {
                        id,
                        owner: ColumnValue::from_value(values.next()?)?,
                        $($field: ColumnValue::from_value(values.next()?)?,)*
                    })
                }
            }

            /// Shows none of its values but its id and its owner.
            impl fmt::Debug for $record {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    let mut record = f.debug_struct(stringify!($record));
                    record.field("id", &self.id).field("owner", &self.owner).finish_non_exhaustive()
                }
            }
        )*
    };
}

records! {
    /// An account at a provider that is a user's.
    Identity in "crudauth_identities" {
        /// The issuer, as the provider spells it.
        issuer: String[512],
        /// The provider's own name of the account.
        subject: String[255],
        /// The name under which the provider is configured.
        provider: String[64],
        /// The provider again while the link counts: a user has one link of each. `None` once it was
        /// removed.
        linked_provider: Option<String>[64],
        /// The address that the provider said last.
        email: Option<String>[320],
        /// When it was linked, and not before the `created_at` of the user: what is older was linked by
        /// another user, who had the id before.
        linked_at: SystemTime,
        /// When it was noted last that somebody signed in by it.
        last_used_at: Option<SystemTime>,
        /// When the link was removed.
        removed_at: Option<SystemTime>,
        /// The credential epoch of the user when it was linked. An epoch that is lower now, or higher by
        /// more than 65,536, is that of another user, who has got the id of the one before.
        epoch: Option<i64>,
        /// Tokens of the provider, sealed.
        tokens: Option<Vec<u8>>[32768],
    } unique {
        by_subject(issuer: &str, subject: &str),
        by_provider(owner: &str, linked_provider: &str),
    }

    /// A passkey.
    Passkey in "crudauth_passkeys" {
        /// The SHA-256 of the id of the credential, which can be longer than an index takes.
        credential_hash: Vec<u8>[32],
        /// The id of the credential.
        credential_id: Vec<u8>[1023],
        /// The public key, behind a byte that says its form.
        public_key: Vec<u8>[2048],
        /// The counter of the authenticator, as it was seen last.
        sign_count: i64,
        /// Whether the authenticator has verified its user.
        user_verified: bool,
        /// Whether it may be backed up.
        backup_eligible: bool,
        /// Whether it is.
        backed_up: bool,
        /// How the authenticator is reached, as the browser said it.
        transports: Option<String>[255],
        /// The model of the authenticator.
        aaguid: Vec<u8>[16],
        /// How the authenticator is attached, as the browser said it.
        attachment: Option<String>[32],
        /// What its user calls it.
        name: String[255],
        /// When it was registered.
        created_at: SystemTime,
        /// When it was noted last that somebody signed in by it.
        last_used_at: Option<SystemTime>,
    } unique {
        by_credential(credential_hash: &[u8]),
    }

    /// The random handle by which authenticators know a user.
    PasskeyUser in "crudauth_passkey_users" {
        /// The handle.
        handle: Vec<u8>[16],
    } unique {
        by_owner(owner: &str),
        by_handle(handle: &[u8]),
    }

    /// The second factor of a user whose struct has no columns for it: an authenticator app, and
    /// the recovery codes.
    SecondFactor in "crudauth_second_factors" {
        /// The secret of the app, sealed.
        secret: Vec<u8>[512],
        /// When the app was confirmed; `None` while that is pending.
        confirmed_at: Option<SystemTime>,
        /// The last step of time whose code was accepted.
        last_step: Option<i64>,
        /// The digests of the recovery codes that are left. They are one value, so that they are
        /// replaced as a whole, with the secret.
        codes: Option<String>[4096],
        /// The credential epoch when it was set up.
        epoch: i64,
    } unique {
        by_owner(owner: &str),
    }

    /// An API key.
    ApiKey in "crudauth_api_keys" {
        /// The keyed digest of the key.
        digest: Vec<u8>[32],
        /// What its user calls it.
        name: String[255],
        /// What it begins with, for people.
        prefix: String[32],
        /// Its last characters, for people.
        last_four: String[16],
        /// The scopes, separated by blanks.
        scopes: String[8192],
        /// The credential epoch with which it ends; `None` for that of a service account.
        epoch: Option<i64>,
        /// When it was made.
        created_at: SystemTime,
        /// When it ends.
        expires_at: Option<SystemTime>,
        /// When it was revoked.
        revoked_at: Option<SystemTime>,
        /// When it was noted last that somebody used it.
        last_used_at: Option<SystemTime>,
        /// The address from which that was.
        last_used_address: Option<String>[64],
    } unique {
        by_digest(digest: &[u8]),
    }

    /// A role that a user has.
    RoleGrant in "crudauth_user_roles" {
        /// The stored name of the role.
        role: String[255],
        /// When it was granted.
        granted_at: SystemTime,
        /// The id of the user who has granted it, as text.
        granted_by: Option<String>[1024],
    } unique {
        by_role(owner: &str, role: &str),
    }
}

macro_rules! used {
    ($($record:ident)*) => {$(
        impl Used for $record {
            fn used() -> Field<Self, Option<SystemTime>> {
                Self::last_used_at()
            }

            fn last_used(&self) -> Option<SystemTime> {
                self.last_used_at
            }
        }
    )*};
}

used! { Identity Passkey ApiKey }
