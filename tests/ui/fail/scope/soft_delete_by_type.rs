use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        deleted_at -> Nullable<Timestamp>,
        gone -> Bool,
        gone_to -> Text,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(db_default(gone))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
    is_active: bool,
    #[auth(soft_delete)]
    gone_to: String,
}

fn main() {}
