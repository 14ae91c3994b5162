//! A scope is a type: a typing error does not compile.

use crudauth::{AuthUser, Scope};

crudauth::scopes! {
    /// Reading reports.
    pub ReportsRead = "reports:read";
}

fn needs<U: AuthUser>(_: crudauth::Principal<U, Scope<ReportsRaed>>) {}

fn main() {}
