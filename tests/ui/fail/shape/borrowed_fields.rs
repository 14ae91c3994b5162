use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User<'a> {
    id: i32,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    email: &'a str,
}

fn main() {}
