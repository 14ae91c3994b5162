use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    auth_user (id) {
        id -> Integer,
        password -> Text,
        last_login -> Nullable<Timestamp>,
        is_superuser -> Bool,
        username -> Text,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        is_staff -> Bool,
        is_active -> Bool,
        date_joined -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = auth_user)]
#[auth(login(username), beside(token_version, email_verified))]
pub struct User {
    id: i32,
    username: String,
    email: String,
    #[auth(column = "password")]
    hashed_password: String,
    is_active: bool,
    is_superuser: bool,
    #[auth(register)]
    first_name: String,
    #[auth(register)]
    last_name: String,
    #[auth(provisioned)]
    is_staff: bool,
    #[auth(logical = "created_at")]
    date_joined: NaiveDateTime,
}
