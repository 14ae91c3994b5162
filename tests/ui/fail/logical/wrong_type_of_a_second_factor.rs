// mistakes: 3
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
    totp_secret_encrypted: String,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<String>,
    mfa_recovery_codes: Option<Vec<u8>>,
}

fn main() {}
