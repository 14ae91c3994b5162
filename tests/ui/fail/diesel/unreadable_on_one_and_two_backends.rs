// A struct that serves one backend or two is told as often as one that serves all: once.
// mistakes: 4
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        age -> Nullable<Integer>,
        born -> Uuid,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct One {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    age: Option<String>,
    born: String,
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg, diesel::mysql::Mysql))]
struct Two {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    age: Option<String>,
    born: String,
}

fn main() {}
