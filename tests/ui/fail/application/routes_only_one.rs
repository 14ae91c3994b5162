//! Routes by one.

use crudauth::http::{Route, Routes};

fn routes() -> Routes {
    Routes::only(Route::Login)
}

fn main() {}
