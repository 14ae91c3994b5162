//! Without the derive, the first use says so.

use crudauth::CrudAuth;

struct Account;

fn main() {
    let _ = CrudAuth::<Account>::builder();
}
