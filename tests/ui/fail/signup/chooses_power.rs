// mistakes: 4
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        is_admin -> Bool,
        tenant_id -> Integer,
        role -> Text,
        credits -> Integer,
        plan -> Text,
        bio -> Nullable<Text>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    is_admin: bool,
    #[auth(register, rename = "company")]
    tenant_id: i32,
    #[auth(register, column = "role")]
    kind: String,
    #[diesel(column_name = credits)]
    #[auth(register)]
    points: i32,
    #[auth(register(reviewed))]
    plan: String,
    #[auth(register)]
    bio: Option<String>,
}

fn main() {}
