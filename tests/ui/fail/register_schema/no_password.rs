use crudauth::{AuthUser, RegisterSchema};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        is_admin -> Bool,
        full_name -> Nullable<Text>,
        age -> Integer,
        tier_id -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(column = "is_admin")]
    is_superuser: bool,
    #[auth(register, rename = "fullName")]
    full_name: Option<String>,
    #[auth(register)]
    age: i32,
    #[auth(provisioned)]
    tier_id: i32,
}

#[derive(RegisterSchema)]
#[auth(user = User)]
struct SignUp {
    email: String,
    age: i32,
}

fn main() {
    // Its uses say nothing.
    let _ = crudauth::CrudAuth::<User>::builder(crudauth::Sqlite::in_memory().unwrap(), crudauth::SecretKey::random().unwrap())
        .register_schema::<SignUp>()
        .new_user_fields(|new| async move {
            let age = new.register_data.map(|sent| sent.age);
            Ok(UserProvisioned { tier_id: age.unwrap_or(1) })
        });
}
