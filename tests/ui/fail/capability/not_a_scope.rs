//! A type that is no scope, and one that is no transport.
// mistakes: 2

use crudauth::{Gate, Scope, Via};
use crudauth::user::HasEpoch;

struct ReportsRead;
struct Header;

fn gate<U: HasEpoch, G: Gate<U>>() {}

fn gates<U: HasEpoch>() {
    gate::<U, Scope<ReportsRead>>();
    gate::<U, Via<Header>>();
}

fn main() {}
