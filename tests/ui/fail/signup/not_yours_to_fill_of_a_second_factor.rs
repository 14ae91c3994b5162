// mistakes: 4
use chrono::NaiveDateTime;
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    totp_secret_encrypted: Option<String>,
    #[auth(provisioned)]
    totp_confirmed_at: Option<NaiveDateTime>,
    #[auth(default)]
    totp_last_step: Option<i64>,
    #[auth(provisioned)]
    mfa_recovery_codes: Option<String>,
}

fn main() {}
