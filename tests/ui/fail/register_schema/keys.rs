use crudauth::{AuthUser, RegisterSchema};

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

#[derive(AuthUser)]
#[diesel(table_name = users)]
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
    age: i32,
    #[auth(provisioned)]
    tier_id: i32,
}

#[derive(RegisterSchema)]
#[auth(user = "User", input_only)]
struct NoPath {
    email: String,
    password: String,
    age: i32,
}

#[derive(RegisterSchema)]
struct NoUser {
    password: String,
}

#[derive(RegisterSchema)]
#[auth(user = User)]
struct Fields {
    #[auth(register)]
    email: String,
    #[auth(input_onyl)]
    age: i32,
    #[auth(rename = fullName)]
    full_name: Option<String>,
    #[auth(rename = "fullName")]
    password: String,
}

#[derive(RegisterSchema)]
enum SignUp {}

fn main() {}

// mistakes: 8
