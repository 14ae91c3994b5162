// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct Unit;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct Empty {}

fn main() {}
