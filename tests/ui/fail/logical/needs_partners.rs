// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    google_id: Option<String>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
}

fn main() {}
