//! What a user sees of the own account.

pub(crate) mod routes;
