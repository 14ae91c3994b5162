//! In the type of a handler's argument.

use crudauth::Principal;

struct Account;

async fn me(_: Principal<Account>) {}

fn main() {
    let _ = me;
}

// told: 2
// rustc asks for the bound of a type in an async signature twice: of the signature, and of the
// future it becomes.
