//! The tables, and what the columns of customers mean to crudauth.

use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    customers (id) {
        id -> Integer,
        shop_id -> Integer,
        email -> Text,
        encrypted_password -> Text,
        confirmed_at -> Nullable<Timestamp>,
        locked_at -> Nullable<Timestamp>,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    orders (id) {
        id -> Integer,
        customer_id -> Integer,
        item -> Text,
    }
}

/// A customer. The old table counts no changes of credentials, so crudauth does, in a table of its
/// own.
#[derive(AuthUser)]
#[diesel(table_name = customers)]
#[auth(beside(token_version))]
pub(crate) struct Customer {
    pub(crate) id: i32,
    /// A customer is that of one shop; the same address may have an account at each.
    #[auth(tenant)]
    shop_id: i32,
    pub(crate) email: String,
    #[auth(column = "encrypted_password")]
    hashed_password: String,
    /// Staff confirms those who may order.
    #[auth(logical = "email_verified", when(not_null))]
    confirmed_at: Option<NaiveDateTime>,
    #[auth(logical = "is_active", when(null))]
    locked_at: Option<NaiveDateTime>,
    #[auth(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
}
