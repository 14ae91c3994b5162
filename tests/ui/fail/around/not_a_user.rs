//! Without the derive, the first use says so.

use crudauth::{CrudAuth, SecretKey, Sqlite};

struct Account;

fn main() {
    let _ = CrudAuth::<Account>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap());
}
