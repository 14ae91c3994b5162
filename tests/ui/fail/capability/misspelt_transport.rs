//! So is a transport.

use crudauth::{AuthUser, Bearer, Principal, Via};

fn needs<U: AuthUser>(_: Principal<U, Via<Baerer>>) {}

fn known<U: AuthUser>(_: Principal<U, Via<Bearer>>) {}

fn main() {}
