use crudauth::{AuthUser, RegisterSchema};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        is_admin -> Bool,
        full_name -> Nullable<Text>,
        age -> Integer,
        tier_id -> Integer,
    }
}

#[derive(Debug, AsExpression, FromSqlRow, serde::Deserialize)]
#[diesel(sql_type = Integer)]
struct Age(i32);

impl FromSql<Integer, Sqlite> for Age {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Integer, Sqlite>::from_sql(value).map(Self)
    }
}

impl ToSql<Integer, Sqlite> for Age {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        ToSql::<Integer, Sqlite>::to_sql(&self.0, out)
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(column = "is_admin")]
    is_superuser: bool,
    #[auth(register, rename = "fullName")]
    full_name: Option<String>,
    #[auth(register)]
    age: Age,
    #[auth(provisioned)]
    tier_id: i32,
}

#[derive(RegisterSchema)]
#[auth(user = User)]
struct SignUp {
    email: String,
    password: String,
    age: Age,
}

fn main() {}
