//! In the type of a handler's argument.

use crudauth::Principal;

struct Account;

async fn me(_: Principal<Account>) {}

fn main() {
    let _ = me;
}
