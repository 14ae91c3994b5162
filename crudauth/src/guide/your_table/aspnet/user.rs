use chrono::NaiveDateTime;
use crudauth::hooks::{Hooks, Veto};
use crudauth::register::NewUserHook;
use crudauth::user::UsernameCase;
use crudauth::{AuthUser, Builder};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

diesel::table! {
    #[sql_name = "AspNetUsers"]
    users (id) {
        #[sql_name = "Id"]
        id -> Text,
        #[sql_name = "UserName"]
        user_name -> Nullable<Text>,
        #[sql_name = "NormalizedUserName"]
        username -> Text,
        #[sql_name = "Email"]
        email -> Text,
        #[sql_name = "NormalizedEmail"]
        normalized_email -> Nullable<Text>,
        #[sql_name = "EmailConfirmed"]
        email_verified -> Bool,
        #[sql_name = "PasswordHash"]
        hashed_password -> Nullable<Text>,
        #[sql_name = "SecurityStamp"]
        security_stamp -> Nullable<Text>,
        #[sql_name = "PhoneNumberConfirmed"]
        phone_number_confirmed -> Bool,
        #[sql_name = "TwoFactorEnabled"]
        two_factor_enabled -> Bool,
        #[sql_name = "LockoutEnd"]
        lockout_end -> Nullable<Timestamp>,
        #[sql_name = "LockoutEnabled"]
        lockout_enabled -> Bool,
        #[sql_name = "AccessFailedCount"]
        access_failed_count -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login(username), beside(token_version))]
pub struct User {
    id: String,
    username: Normalized,
    email: String,
    email_verified: bool,
    hashed_password: Option<String>,
    #[auth(logical = "is_active", when(past))]
    lockout_end: Option<NaiveDateTime>,
    #[auth(provisioned)]
    user_name: Option<String>,
    #[auth(provisioned)]
    normalized_email: Option<String>,
    #[auth(provisioned)]
    security_stamp: Option<String>,
    #[auth(provisioned)]
    phone_number_confirmed: bool,
    #[auth(provisioned)]
    two_factor_enabled: bool,
    #[auth(provisioned)]
    lockout_enabled: bool,
    #[auth(provisioned)]
    access_failed_count: i32,
}

/// What the builder needs for this table.
pub fn over_identity<Db: Clone + Send + Sync + 'static>(
    builder: Builder<User, Db>,
) -> Builder<User, Db, NewUserHook<User>> {
    let hooks = Hooks::<User>::new().before_login(|user, _| async move {
        match user.two_factor_enabled {
            true => Err(Veto::new("Sign in where you are asked for your code")),
            false => Ok(()),
        }
    });
    builder.username_case(UsernameCase::Ignored).hooks(hooks).new_user_fields(|new| async move {
        Ok(UserProvisioned {
            user_name: new.username,
            normalized_email: new.email.map(|email| email.to_uppercase()),
            security_stamp: Some(uuid::Uuid::now_v7().to_string()),
            phone_number_confirmed: false,
            two_factor_enabled: false,
            lockout_enabled: true,
            access_failed_count: 0,
        })
    })
}

/// A name as somebody wrote it, which the table has in capitals.
#[derive(Debug, Clone, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub struct Normalized {
    written: String,
    stored: String,
}

impl From<String> for Normalized {
    fn from(written: String) -> Self {
        Self { stored: written.to_uppercase(), written }
    }
}

impl AsRef<str> for Normalized {
    fn as_ref(&self) -> &str {
        &self.written
    }
}

impl<'de> serde::Deserialize<'de> for Normalized {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(Self::from)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Normalized
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self::from)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Normalized
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.stored.to_sql(out)
    }
}
