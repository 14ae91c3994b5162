//! Keywords as fields and as columns.
#![deny(warnings)]

use crudauth::AuthUser;

diesel::table! {
    r#struct (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        r#type -> Text,
        r#move -> Text,
        r#match -> Nullable<Text>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = r#struct)]
struct r#Enum {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    r#type: String,
    #[auth(column = "move", provisioned)]
    motion: String,
    #[auth(column = "r#match")]
    matching: Option<String>,
}

fn main() {
    use crudauth::user::Fill;
    assert_eq!(Enum::SCHEMA.columns[5].fill, Fill::Client("type"));
    assert_eq!(Enum::SCHEMA.columns[6].column, "move");
    let _ = EnumRegister { email: String::new(), r#type: String::new() };
    let _ = EnumProvisioned { motion: String::new() };
}
