use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    #[sql_name = "User"]
    users (id) {
        id -> Text,
        name -> Nullable<Text>,
        email -> Text,
        #[sql_name = "emailVerified"]
        email_verified -> Nullable<Timestamp>,
        image -> Nullable<Text>,
        password -> Nullable<Text>,
        #[sql_name = "createdAt"]
        created_at -> Timestamp,
        #[sql_name = "updatedAt"]
        updated_at -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(token_version, is_active))]
pub struct User {
    id: String,
    #[auth(register)]
    name: Option<String>,
    email: String,
    email_verified: Option<NaiveDateTime>,
    #[auth(column = "password")]
    hashed_password: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}
