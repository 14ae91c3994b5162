//! Routes by their paths.

use crudauth::http::Routes;

fn routes() -> Routes {
    Routes::default().without("/register")
}

fn main() {}
