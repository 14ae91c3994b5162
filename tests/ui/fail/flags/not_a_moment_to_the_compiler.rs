// mistakes: 2
use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        deleted_at -> Timestamp,
        promoted_by -> Nullable<Integer>,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(null))]
    deleted_at: NaiveDateTime,
    #[auth(logical = "is_superuser", when(not_null))]
    promoted_by: Option<i32>,
    token_version: i32,
}

fn main() {}
