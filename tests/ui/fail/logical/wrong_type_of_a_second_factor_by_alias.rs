// mistakes: 2
//! Only the compiler knows what the names stand for.
use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        totp_secret_encrypted -> Nullable<Text>,
        totp_confirmed_at -> Timestamp,
        totp_last_step -> Nullable<SmallInt>,
        mfa_recovery_codes -> Nullable<Text>,
    }
}

type Moment = NaiveDateTime;
type Step = Option<i16>;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Moment,
    totp_last_step: Step,
    mfa_recovery_codes: Option<String>,
}

fn main() {}
