//! What is told of an address that cannot be used, whatever is wrong with it.

use std::error::Error;
use std::path::Path;

use crudauth::Sqlite;
use crudauth::store::FromUrl;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::redis::Redis;
use crudauth_tests::attack::Dice;

/// Letters that stand in no sentence of ours one beside the other, and all that may end a part of
/// an address for one reader or another.
const LETTERS: &[u8] = b"QXZJK";
const SPECIAL: &[u8] = b"#?/@:%&=+\\[]{}|^~\"'<>;,!$()*. 0";

fn password(random: &mut Dice) -> String {
    let mut password = String::new();
    let length = 6 + random.below(18);
    for _ in 0..length {
        let from = if random.below(3) == 0 { SPECIAL } else { LETTERS };
        password.push(char::from(from[random.below(from.len())]));
    }
    password
}

/// All that can be read of an error: its text, its debug text, and those of its causes.
fn told(error: &(dyn Error + 'static)) -> String {
    let mut told = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    told
}

/// The first three characters of `password` in a row that `told` has, where one is a letter.
fn leaked<'a>(password: &'a str, told: &str) -> Option<&'a str> {
    let parts = (0..password.len().saturating_sub(2)).map(|at| &password[at..at + 3]);
    let has_letter = |part: &&str| part.bytes().any(|byte| LETTERS.contains(&byte));
    parts.filter(has_letter).find(|part| told.contains(part))
}

/// An address with `password` in it as it is, in each of the forms that people write. Nobody
/// listens there.
fn addresses(scheme: &str, password: &str) -> Vec<String> {
    vec![
        format!("{scheme}://app:{password}@127.0.0.1:1/name"),
        format!("{scheme}://:{password}@127.0.0.1:1/0"),
        format!("{scheme}://app:{password}@127.0.0.1:1/name?x={password}"),
        format!("{scheme}://app:{}", password.replace('@', "")),
        format!("{scheme}:/app:{password}@127.0.0.1:1/name"),
        format!("{scheme}:app:{password}@127.0.0.1:1/name"),
        format!("{scheme}//app:{password}@127.0.0.1:1/name"),
        format!(" {scheme}://app:{password}@127.0.0.1:1/name"),
        format!("\"{scheme}://app:{password}@127.0.0.1:1/name\""),
        format!("host=127.0.0.1 port=1 user=app password={password}"),
        format!("host=127.0.0.1 port=1 user=app password='{password}' dbname=name"),
        format!("app:{password}@127.0.0.1:1/name"),
        password.to_owned(),
    ]
}

#[tokio::test]
async fn no_part_of_a_password_is_told_whatever_is_wrong_with_the_address() {
    let mut random = Dice::rolled_for("addresses");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("there is no such folder");
    let mut asked = 0;
    for _ in 0..150 {
        let password = password(&mut random);
        let mut check = |address: &str, told: String| {
            asked += 1;
            let leaked = leaked(&password, &told);
            assert_eq!(leaked, None, "{address:?}: {told}");
        };
        for address in addresses("postgres", &password) {
            let error = Postgres::connect(&address).await.expect_err("nobody is there");
            check(&address, told(&error));
            if let Err(error) = Postgres::from_url(&address) {
                check(&address, told(&error));
            }
        }
        for address in addresses("mysql", &password) {
            let error = Mysql::connect(&address).await.expect_err("nobody is there");
            check(&address, told(&error));
            if let Err(error) = Mysql::from_url(&address) {
                check(&address, told(&error));
            }
        }
        for address in addresses("redis", &password) {
            let error = Redis::connect(&address).await.expect_err("nobody is there");
            check(&address, told(&error));
        }
        for scheme in ["postgres", "sqlite", &format!("{}/sqlite", missing.display())] {
            for address in addresses(scheme, &password) {
                // A text without any mark of an address is the path of a file.
                if address == password || is_a_file(&address) {
                    continue;
                }
                if let Err(error) = Sqlite::from_url(&address) {
                    check(&address, told(&error));
                }
                if let Some(error) = address.contains("://").then(|| Sqlite::open(&address).err()) {
                    check(&address, told(&error.expect("a URL is no path")));
                }
            }
        }
    }
    assert!(asked > 5_000, "{asked}");
}

/// What names a file beside the test, and would be made there.
fn is_a_file(address: &str) -> bool {
    let path = address.strip_prefix("sqlite:").unwrap_or(address);
    !path.contains(':')
        || Path::new(path).parent().is_none_or(|parent| parent.as_os_str().is_empty())
}

#[tokio::test]
async fn what_makes_an_address_ambiguous_is_told_with_its_code() {
    for password in ["hunter2#x", "hun?ter2", "hunt/er2", "p@ss:w/rd#1", "hunter2@", "100%pure"] {
        let address = |scheme: &str| format!("{scheme}://app:{password}@127.0.0.1:1/name");
        let errors = [
            Postgres::connect(&address("postgres")).await.expect_err("refused").to_string(),
            Mysql::connect(&address("mysql")).await.expect_err("refused").to_string(),
            Redis::connect(&address("redis")).await.expect_err("refused").to_string(),
        ];
        for error in errors {
            assert!(error.contains("percent-encode") && error.contains("`#` is `%23`"), "{error}");
        }
    }
}
