//! Second factors in four columns, of both integers, and in crudauth's own table.
use chrono::NaiveDateTime;
use crudauth::AuthUser;
use crudauth::user::{FactorPlace, HasSecondFactor, SecondFactorsEndSessions};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        secret -> Nullable<Text>,
        confirmed -> Nullable<Timestamp>,
        last_step -> Nullable<Integer>,
        codes -> Nullable<Text>,
    }
}

diesel::table! {
    members (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
    }
}

type Step = Option<i32>;
type Moment = Option<NaiveDateTime>;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(logical = "totp_secret_encrypted")]
    secret: Option<String>,
    #[auth(logical = "totp_confirmed_at")]
    confirmed: Moment,
    #[auth(logical = "totp_last_step")]
    last_step: Step,
    #[auth(logical = "mfa_recovery_codes")]
    codes: Option<String>,
}

#[derive(AuthUser)]
#[diesel(table_name = members)]
#[auth(beside(second_factor, token_version, is_active))]
struct Member {
    id: i32,
    email: String,
    hashed_password: String,
}

fn place<U: HasSecondFactor + SecondFactorsEndSessions>() -> Option<FactorPlace> {
    U::SECOND_FACTORS
}

fn main() {
    assert_eq!(place::<User>(), Some(FactorPlace::Columns));
    assert_eq!(place::<Member>(), Some(FactorPlace::OwnTable));
}
