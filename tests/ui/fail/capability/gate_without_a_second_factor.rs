//! In the signature of a handler.

use crudauth::{AuthUser, Mfa, Principal};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
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
}

async fn payroll(_: Principal<User, Mfa>) {}

fn main() {
    let _ = payroll;
}

// told: 2
// rustc asks for the bound of a type in an async signature twice: of the signature, and of the
// future it becomes.
