//! The API keys, and the transport that reads them from a request.

use std::time::SystemTime;

use axum::http::request::Parts;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use crudauth::store::{StoreError, UserStore};
use crudauth::transport::{Authentication, Transport};
use crudauth::{Digester, Principal, RejectionKind, Sqlite, TransportName};
use diesel::prelude::*;

use crate::User;
use crate::schema::api_keys;

const HEADER: &str = "x-api-key";

/// What every key begins with, so that it is recognised where it should not be: by a scanner for
/// secrets, say.
const PREFIX: &str = "key_";

/// 256 bits from the generator of the system. Nobody guesses such a key, which is why a fast digest
/// of it may be stored: a password would need a slow hash (OWASP ASVS 11.4.2, 11.5.1).
const BYTES: usize = 32;

/// The name of the transport, for `Via<ApiKey>`.
pub(crate) enum ApiKey {}

impl TransportName for ApiKey {
    const NAME: &'static str = "api_key";
}

/// The keys of all users. The database has only digests of them, which are worth nothing without
/// the secret key.
#[derive(Clone)]
pub(crate) struct ApiKeys {
    database: Sqlite,
    digester: Digester,
}

/// What the database has of a key.
#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Stored {
    user_id: i32,
    token_version: i32,
    revoked: bool,
}

impl ApiKeys {
    pub(crate) fn new(database: Sqlite, digester: Digester) -> Self {
        Self { database, digester }
    }

    /// Makes a key for `user`: the one time that it is seen.
    pub(crate) async fn issue(&self, user: &User) -> Result<String, StoreError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| StoreError::new(error.to_string()))?;
        let key = format!("{PREFIX}{}", Base64UrlUnpadded::encode_string(&bytes));
        let row = (
            api_keys::digest.eq(self.digest(key.as_bytes())),
            api_keys::user_id.eq(user.id),
            api_keys::token_version.eq(user.token_version),
            api_keys::revoked.eq(false),
        );
        let insert = move |connection: &mut SqliteConnection| {
            diesel::insert_into(api_keys::table).values(row).execute(connection)
        };
        self.database.transaction(insert).await?;
        Ok(key)
    }

    /// Ends all keys of `user`, and says how many there were.
    pub(crate) async fn revoke(&self, user: &User) -> Result<usize, StoreError> {
        let live = api_keys::table
            .filter(api_keys::user_id.eq(user.id))
            .filter(api_keys::revoked.eq(false));
        let revoke = move |connection: &mut SqliteConnection| {
            diesel::update(live).set(api_keys::revoked.eq(true)).execute(connection)
        };
        self.database.transaction(revoke).await
    }

    /// What is no key of ours by its form is not looked for.
    async fn find(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        let random = key.strip_prefix(PREFIX.as_bytes()).unwrap_or_default();
        if !Base64UrlUnpadded::decode(random, &mut [0; BYTES]).is_ok_and(|it| it.len() == BYTES) {
            return Ok(None);
        }
        let row = api_keys::table.find(self.digest(key)).select(Stored::as_select());
        self.database.read(move |connection| row.get_result(connection).optional()).await
    }

    fn digest(&self, key: &[u8]) -> String {
        self.digester.digest(key).to_hex()
    }
}

impl Transport<User> for ApiKeys {
    fn name(&self) -> &'static str {
        ApiKey::NAME
    }

    /// `None` lets the next transport try, and is an anonymous request if it was the last. A key
    /// that nobody issued is an error instead, also where anonymous is fine.
    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<User>,
    ) -> Authentication<'a, User> {
        Box::pin(async move {
            let Some(shown) = request.headers.get(HEADER) else { return Ok(None) };
            let key = self.find(shown.as_bytes()).await?.ok_or(RejectionKind::NotAuthenticated)?;
            if key.revoked {
                return Ok(None);
            }
            let user = users.find_by_id(&key.user_id).await?;
            // A key ends with the credentials that were there when it was made.
            let user = user.filter(|user| {
                user.logical().may_sign_in(SystemTime::now)
                    && user.token_version == key.token_version
            });
            // It has scopes, and be it none: so it stands for less than its user, and changes
            // neither password nor address.
            let principal = |user| Principal::authenticated::<ApiKey>(user).with_scopes([]);
            Ok(user.map(principal))
        })
    }
}
