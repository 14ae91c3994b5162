//! What is told of an error with all its causes, as `anyhow` and others print it: nothing twice.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crudauth::login::LoginError;
use crudauth::message::DeliveryError;
use crudauth::outbox::OutboxError;
use crudauth::password::HashError;
use crudauth::password::breach::BreachLookupError;
use crudauth::store::{InsertError, MigrationError, StoreError, UrlError};
use crudauth::sudo::SudoError;
use crudauth::token::{JwksError, VerifyError};
use crudauth::{Sqlite, StartupError};

/// A cause that has a cause.
#[derive(Debug)]
struct Driver(Wire);

#[derive(Debug)]
struct Wire;

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the driver gave up")
    }
}

impl Error for Driver {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the wire is cut")
    }
}

impl Error for Wire {}

/// The text of an error, and those of its causes.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts
}

fn store() -> StoreError {
    StoreError::new(Driver(Wire))
}

fn hash() -> HashError {
    HashError::failed(Driver(Wire))
}

fn errors() -> Vec<Box<dyn Error>> {
    let jwks = || JwksError::new(Driver(Wire));
    vec![
        Box::new(store()),
        Box::new(hash()),
        Box::new(jwks()),
        Box::new(VerifyError::Unavailable(Arc::new(jwks()))),
        Box::new(DeliveryError::temporary(Driver(Wire))),
        Box::new(DeliveryError::permanent(Driver(Wire))),
        Box::new(BreachLookupError::new(Driver(Wire))),
        Box::new(UrlError::new(Driver(Wire))),
        Box::new(StartupError::database(Driver(Wire))),
        Box::new(StartupError::database(store())),
        Box::new(StartupError::database(MigrationError::Store(store()))),
        Box::new(MigrationError::Store(store())),
        Box::new(InsertError::Store(store())),
        Box::new(InsertError::Unfit { column: Some("name".to_owned()), cause: store() }),
        Box::new(OutboxError::Store(store())),
        Box::new(LoginError::Store(store())),
        Box::new(LoginError::Hashing(hash())),
        Box::new(SudoError::from(store())),
        Box::new(SudoError::from(hash())),
        Box::new(crudauth::register::RegisterError::Store(store())),
        Box::new(crudauth::register::RegisterError::Hashing(hash())),
        Box::new(crudauth::register::RegisterError::Hook(Box::new(Driver(Wire)))),
        Box::new(crudauth::password_change::PasswordChangeError::from(store())),
        Box::new(crudauth::password_change::PasswordChangeError::from(hash())),
        Box::new(crudauth::recovery::RecoveryError::from(store())),
        Box::new(crudauth::recovery::RecoveryError::from(hash())),
        Box::new(crudauth::transport::bearer::BearerError::Store(store())),
    ]
}

#[test]
fn an_error_with_its_causes_says_each_of_them_once() {
    for error in errors() {
        let chain = chain(&*error);
        let whole = chain.join(": ");
        for cause in ["the driver gave up", "the wire is cut"] {
            assert_eq!(whole.matches(cause).count(), 1, "{error:?}: {whole}");
        }
        for (at, text) in chain.iter().enumerate() {
            let deeper = &chain[at + 1..];
            assert!(!deeper.iter().any(|cause| text.contains(cause.as_str())), "{whole}");
        }
    }
}

#[tokio::test]
async fn an_error_of_opening_says_each_of_its_causes_once() {
    use crudauth::store::{mysql::Mysql, postgres::Postgres, redis::Redis};

    let nobody = "127.0.0.1:1/name";
    let errors: [Box<dyn Error>; 4] = [
        Box::new(Postgres::connect(&format!("postgres://{nobody}")).await.expect_err("nobody")),
        Box::new(Mysql::connect(&format!("mysql://me@{nobody}")).await.expect_err("nobody")),
        Box::new(Redis::connect("redis://127.0.0.1:1/0").await.expect_err("nobody")),
        Box::new(Sqlite::open("/there/is/no/such/folder/app.db").expect_err("no folder")),
    ];
    for error in errors {
        let chain = chain(&*error);
        for (at, text) in chain.iter().enumerate() {
            let deeper = &chain[at + 1..];
            assert!(!deeper.iter().any(|cause| text.contains(cause.as_str())), "{chain:?}");
        }
    }
}
