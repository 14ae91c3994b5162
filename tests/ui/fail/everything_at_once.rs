// mistakes: 27
use crudauth::AuthUser;

#[derive(AuthUser)]
#[auth(logn(email), without(email), crate = deps::crudauth, recovery(fax))]
#[auth(db_default(plan))]
struct User {
    #[auth(register)]
    id: i32,
    #[auth(rename = "mail")]
    email: String,
    #[auth(column = 5)]
    hashed_pasword: String,
    #[auth(column = "not a name", default)]
    is_active: bool,
    #[auth(login(token_version))]
    token_version: i32,
    #[auth(register = "yes", rename = "nickName", rename = "alias")]
    nick: String,
    #[auth("register")]
    bio: Option<String>,
    #[auth]
    plan: String,
    #[auth(register, provisioned)]
    badge: i32,
    #[auth(register)]
    password: String,
    #[diesel(embed)]
    address: Address,
    parent: Option<Box<Self>>,
    #[auth(register column = "about_me")]
    about: Option<String>,
    #[diesel(column_name = bio)]
    biography: Option<String>,
    google_id: Option<String>,
    is_superuser: Option<bool>,
    #[auth(register)]
    email_verified: bool,
    #[auth(rename = "remark")]
    note: Option<String>,
    #[auth(provisioned)]
    created_at: chrono::NaiveDateTime,
}

struct Address;

fn sign_up(new: UserRegister) -> String {
    new.email
}

fn is_user<U: AuthUser>() {}

fn uses_are_quiet() {
    is_user::<User>();
}

fn main() {}
