use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
union User {
    id: i32,
    key: u32,
}

fn main() {}
