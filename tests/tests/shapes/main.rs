//! The tables of other systems, as these make them, and the users who are in them: each walks the
//! whole life of an account over HTTP, by the struct on the page of the guide.

#![expect(unreachable_pub, reason = "the structs are those of an application, in a module of it")]
#![expect(dead_code, reason = "the application reads them")]

mod walk;

use crudauth::{CrudAuth, SecretKey};
use crudauth_tests::support::engines::{Sql, UsersEngine};

use self::walk::walk;

/// The DDL on the page in this folder.
macro_rules! ddl {
    ($folder:literal $engine:literal) => {
        include_str!(concat!(
            "../../../crudauth/src/guide/your_table/",
            $folder,
            "/",
            $engine,
            ".sql"
        ))
    };
}

/// The struct on a page.
macro_rules! user {
    ($path:literal) => {
        include!(concat!("../../../crudauth/src/guide/your_table/", $path));
    };
}

/// The walk over the table of an engine, with what fills the fields that sign-up does not send.
macro_rules! walks {
    ($($test:ident: $Engine:ident $ddl:expr, by $user:ident $(of $seed:ident)? $(with $method:ident($value:expr))? $(through $configure:ident)?;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            let Some(users) = crate::UsersEngine::$Engine.open().await else { return };
            let crate::Sql::$Engine(database, ..) = users.clone() else { panic!("{users:?}") };
            let key = crate::SecretKey::random().expect("random bytes");
            let builder = crate::CrudAuth::<$user::User>::builder(database, key);
            $(let builder = builder.$method($value);)?
            $(let builder = $user::$configure(builder);)?
            crate::walk(builder, users, $ddl, &shape($($seed)?)).await;
        }
    )*};
}

mod aspnet;
mod authjs;
mod devise;
mod django;
mod fastapi_users;
mod laravel;
mod loco;
mod phoenix;

#[test]
fn no_struct_of_a_page_needs_more_than_twelve_attributes() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../crudauth/src/guide/your_table");
    let mut structs = 0;
    for folder in std::fs::read_dir(pages).expect("the pages") {
        let folder = folder.expect("a page").path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&folder).expect("a folder") {
            let file = file.expect("a file").path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&file).expect("a text");
                let attributes = text.matches("#[auth(").count();
                assert!((1..=12).contains(&attributes), "{}: {attributes}", file.display());
                structs += 1;
            }
        }
    }
    assert!(structs >= 12, "{structs} structs");
}
