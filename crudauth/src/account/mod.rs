//! What a user sees of the own account.

mod routes;

pub(crate) use self::routes::Me;
