use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
enum User {
    Member { id: i32 },
    Guest,
}

fn main() {}
