use crudauth::RegisterSchema;

struct User;

#[derive(RegisterSchema)]
#[auth(user = User)]
struct SignUp {
    email: String,
    password: String,
    code: String,
}

fn main() {}
