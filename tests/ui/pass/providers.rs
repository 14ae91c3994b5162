//! Sign-in by providers, with columns for the links and with none, and what no provider says.
#![deny(warnings)]

use chrono::NaiveDateTime;
use crudauth::oauth::OAuthConfig;
use crudauth::user::{NoFormFields, ProviderLink};
use crudauth::{AuthUser, CrudAuth, SecretKey, Sqlite};

diesel::table! {
    people (id) {
        id -> Integer,
        email -> Text,
        username -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        email_verified -> Bool,
        token_version -> Integer,
        auth_provider -> Nullable<Text>,
        google_sub -> Nullable<Text>,
        github_id -> Nullable<Text>,
        linked_at -> Nullable<BigInt>,
        handle -> Text,
        country -> Text,
        nick -> Nullable<Text>,
    }
}

type Maybe = Option<String>;

#[derive(AuthUser)]
#[diesel(table_name = people)]
#[auth(login(email, handle))]
pub struct Person {
    id: i32,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    #[auth(column = "auth_provider")]
    oauth_provider: Option<String>,
    #[auth(logical = "google_id")]
    google_sub: Maybe,
    github_id: Option<String>,
    #[auth(logical = "oauth_updated_at")]
    linked_at: Option<i64>,
    handle: String,
    #[auth(register, rename = "land")]
    country: String,
    #[auth(register)]
    nick: Option<String>,
}

diesel::table! {
    members (id) {
        id -> Integer,
        email -> Nullable<Text>,
        hashed_password -> Text,
        oauth_created_at -> Nullable<Timestamp>,
        nick -> Nullable<Text>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = members)]
#[auth(login(email), beside(is_active, token_version, email_verified))]
struct Member {
    id: i32,
    email: Option<String>,
    hashed_password: String,
    oauth_created_at: Option<NaiveDateTime>,
    #[auth(register)]
    nick: Option<String>,
}

fn main() {
    let sqlite = Sqlite::in_memory().unwrap();
    let config = || OAuthConfig::new("https://shop.example.com");
    let _ = CrudAuth::<Person>::builder(sqlite.clone(), SecretKey::random().unwrap()).oauth_with(
        config(),
        |profile| async move {
            let handle = profile.username.ok_or("no name")?;
            Ok(Some(PersonOAuthFields { handle, country: "CH".to_owned() }))
        },
    );
    let _ = CrudAuth::<Member>::builder(sqlite, SecretKey::random().unwrap()).oauth(config());

    let fields = PersonOAuthFields { handle: "ada".to_owned(), country: "CH".to_owned() };
    let person = Person::register_by_provider("ada@example.com", Some("ada"), fields.clone());
    assert_eq!((&*person.username, &*person.handle, person.nick), ("ada", "ada", None));
    assert_eq!(Person::register_by_provider("ada@example.com", None, fields).username, "");
    let member = Member::register_by_provider("ada@example.com", Some("ada"), NoFormFields);
    assert_eq!((member.email.as_deref(), member.nick), (Some("ada@example.com"), None));

    assert_eq!(Person::SCHEMA.link_column("google").map(|it| it.column), Some("google_sub"));
    assert!(Member::SCHEMA.link_column("google").is_none() && Member::SCHEMA.names_providers());
    assert_eq!(ProviderLink::new("google", "1").subject(), "1");
}
