//! Types under names of the application's own, whose meaning only the compiler knows.
#![deny(warnings)]

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        phone -> Nullable<Text>,
        phone_verified -> Bool,
        hashed_password -> Nullable<Text>,
        is_active -> Bool,
        token_version -> BigInt,
    }
}

type Key = i64;
type Line = String;
type Absent<T> = Option<T>;
type Flag = bool;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(recovery(phone))]
struct User {
    id: Key,
    email: Line,
    #[auth(register)]
    phone: Absent<Line>,
    phone_verified: Flag,
    hashed_password: Absent<Line>,
    is_active: Flag,
    token_version: Key,
}

fn main() {
    let user = User {
        id: 1,
        email: "ada@example.com".into(),
        phone: None,
        phone_verified: true,
        hashed_password: None,
        is_active: true,
        token_version: 7,
    };
    let id: &i64 = user.id();
    let fields = user.mapped();
    assert_eq!((*id, fields.email, fields.hashed_password), (1, Some("ada@example.com"), None));
    assert_eq!((fields.is_active, fields.token_version), (Some(true), Some(7)));
    assert_eq!((fields.recovery, fields.recovery_verified), (None, Some(true)));
}
