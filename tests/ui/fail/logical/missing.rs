// mistakes: 4
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    email: String,
    hashed_pasword: String,
}

fn main() {}
