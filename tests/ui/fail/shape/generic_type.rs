use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User<T> {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    profile: T,
}

fn main() {}
