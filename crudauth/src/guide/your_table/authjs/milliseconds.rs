use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crudauth::AuthUser;
use crudauth::user::UserTimestamp;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;

diesel::table! {
    #[sql_name = "User"]
    users (id) {
        id -> Text,
        name -> Nullable<Text>,
        email -> Text,
        #[sql_name = "emailVerified"]
        email_verified -> Nullable<BigInt>,
        image -> Nullable<Text>,
        password -> Nullable<Text>,
        #[sql_name = "createdAt"]
        created_at -> BigInt,
        #[sql_name = "updatedAt"]
        updated_at -> BigInt,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(token_version, is_active))]
pub struct User {
    id: String,
    #[auth(register)]
    name: Option<String>,
    email: String,
    email_verified: Option<Milliseconds>,
    #[auth(column = "password")]
    hashed_password: Option<String>,
    created_at: Milliseconds,
    updated_at: Milliseconds,
}

/// A moment, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, FromSqlRow, AsExpression)]
#[diesel(sql_type = BigInt)]
pub struct Milliseconds(i64);

impl UserTimestamp for Milliseconds {
    fn from_system_time(at: SystemTime) -> Self {
        let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn to_system_time(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(self.0).ok()?))
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Milliseconds
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Milliseconds
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}
