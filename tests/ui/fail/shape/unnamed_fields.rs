use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User(i32, String);

fn main() {}
