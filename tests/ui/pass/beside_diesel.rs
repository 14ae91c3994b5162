//! Beside Diesel's own derives, which read the same `#[diesel(column_name)]`.
#![deny(warnings)]

use crudauth::AuthUser;
use diesel::prelude::*;

mod schema {
    diesel::table! {
        people (person_id) {
            person_id -> BigInt,
            mail -> Text,
            pw_hash -> Nullable<Text>,
            is_active -> Bool,
            token_version -> BigInt,
            #[sql_name = "type"]
            kind -> Text,
            nick -> Nullable<Text>,
        }
    }
}

#[derive(AuthUser, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::people, primary_key(person_id))]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
pub struct Person {
    #[diesel(column_name = person_id)]
    id: i64,
    #[diesel(column_name = "mail")]
    email: String,
    #[diesel(column_name = pw_hash)]
    #[auth(column = "pw_hash")]
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i64,
    #[auth(register)]
    kind: String,
    nick: Option<String>,
}

fn main() {
    let sql_names: Vec<_> = Person::SCHEMA.columns.iter().map(|column| column.column).collect();
    assert_eq!(
        sql_names,
        ["person_id", "mail", "pw_hash", "is_active", "token_version", "type", "nick"]
    );
    let _ = PersonRegister { email: String::new(), kind: String::new() };
}
