//! The users of other systems sign in with the passwords that they have, over a row that was copied
//! as it was; and the row then has a hash of the application's own.

use crudauth::password::legacy::FastDigest;
use crudauth::password::{Argon2id, Password, PasswordHash, PasswordHasher as _, Verdict};
use crudauth::{LockoutConfig, RateLimits};
use crudauth_tests::support::{PASSWORD, TestApp};

/// Hashes of [`PASSWORD`], made by the systems themselves, or from their published layouts.
const IMPORTED: [(&str, &str); 20] = [
    ("Laravel", "$2y$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6"),
    ("crudauth for Python", "$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9uVqMKzaiDBoQNJr.r2.dsbCqrbsvEm7C"),
    ("Django", "pbkdf2_sha256$1000$seasalt8bytes$wygrRQ+K9cq5ykS6wvUAeuiPCF7qQJfrF98LroOPBYQ="),
    (
        "Django with argon2",
        "argon2$argon2id$v=19$m=1024,t=2,p=1$c2Vhc2FsdDhieXRlcw$65MMNmTuhJvNzFuTJSYDrDxGQTTguR1u5Ztb8RAZHcM",
    ),
    (
        "Django with bcrypt_sha256",
        "bcrypt_sha256$$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9uObvoOEkQ.aQwK1qgfizWI9bgr/Ce2DS",
    ),
    ("Django with bcrypt", "bcrypt$$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6"),
    (
        "Django with scrypt",
        "scrypt$1024$seasalt8bytes$8$1$Zy8/CMv3O26Y8FagPvdUS280Dn1hiwlzXtWHgKrZKkmdEEuAhIIxlEd1I+2E6A8QAsJm6pNKvRu0P5bR/cCrKA==",
    ),
    (
        "Flask",
        "pbkdf2:sha256:1000$seasalt8bytesAAA$d3ed15e4c8630b1fbe99d19212787c8df9e034af5f085509be27b801b1630ab5",
    ),
    (
        "passlib bcrypt_sha256",
        "$bcrypt-sha256$v=2,t=2b,r=6$qN2v8Jx0Tq1mYw7rB4kZ9u$3wefAKEvHuezArJ/sUBIQMUG9r//Bq2",
    ),
    (
        "passlib scrypt",
        "$scrypt$ln=10,r=8,p=1$c2Vhc2FsdDhieXRlcw$Zy8/CMv3O26Y8FagPvdUS280Dn1hiwlzXtWHgKrZKkk",
    ),
    ("Spring", "{bcrypt}$2a$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6"),
    (
        "Spring with scrypt",
        "{scrypt@SpringSecurity_v5_8}$a0801$c2Vhc2FsdDhieXRlc0FBQQ==$UD8xwbJ6gc9/YVKkGWTNxhxb6HOoeTKHHExj9SolTg4=",
    ),
    (
        "ASP.NET Identity 3",
        "AQAAAAIAAAPoAAAAEHNlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ==",
    ),
    ("ASP.NET Identity 2", "AHNlYXNhbHQ4Ynl0ZXNBQUEeHDdOEJYR8LH6ajNjcPD3fHiD5tADdx+j1BCCgd6RMw=="),
    ("WordPress", "$wp$2y$05$NvYeAi1E2etT5SeeJjJS2uNeX7l1nmJ2WmgQbI6.JNVQgkiI97lD6"),
    ("WordPress before 6.8", "$P$6qN2v8Jx0FQZ1g8fymZ6Cx1EJsJu9K1"),
    (
        "better-auth",
        "b94ba86ba3ad84f87886d8dab7365dd4:439be61e0db94be584f1736be469d2530610af0e7175f9da9b32f3ac57e4e843a7ba858fe08f9c77959377f55fd9f9824c165998f8dc9f7100789231b6a83f39",
    ),
    (
        "crypt(3)",
        "$6$seasalt8bytes$suGptKB1WKM1SBFKkKFbv8i2HJYE7/46DeQdsi/6KTDqqjObPbMcJjq8/7YeBd6kfvhkrHCRmeaRXDM5P4T9u.",
    ),
    (
        "Keycloak",
        "$pbkdf2-sha256$500$c2Vhc2FsdDhieXRlcw$pi+5yMw3K3hSoYLCKkrlSxgOtw98hZr1WF0qZcH3iTaNRhTMFk9dzqmDt8rBB32TEOoCrTAfJof18VCD1Vy7Kg==",
    ),
    (
        "Phoenix with pbkdf2",
        "$pbkdf2-sha512$1000$3/t/LyUEYIwxBiDEWEuplQ$rARvbUH7rs3vCJgHAsWbe9MVnae0t2jNdQnPiO5x479kI1/75hefx2u6hWNEha1td2n95HoVupZqeqOJJzm7Jg",
    ),
];

async fn app() -> TestApp {
    let no_lockout = LockoutConfig::default().max_attempts(1_000_000).max_failures(4_000_000);
    TestApp::with(|builder| builder.rate_limits(RateLimits::off()).lockout(no_lockout)).await
}

/// Puts `stored` into the row of `ada`, signs in, and looks at the row again.
async fn walk(app: &TestApp, system: &str, stored: &str) {
    app.execute(&format!("UPDATE accounts SET pw_hash = '{stored}'")).await;
    let mut client = app.client();
    let wrong = client.login("ada", "wrong").await;
    assert_eq!(wrong.status, 401, "{system}: {}", wrong.text());
    let right = client.login("ada", PASSWORD).await;
    assert_eq!(right.status, 200, "{system}: {}", right.text());

    let renewed = app.select("SELECT pw_hash FROM accounts").await.remove(0);
    let renewed = PasswordHash::from_stored(renewed);
    assert!(renewed.as_stored().starts_with("$argon2id$"), "{system}: {renewed:?}");
    let hasher = Argon2id::insecure_and_fast_for_tests();
    assert_eq!(hasher.verify(&Password::new(PASSWORD), &renewed), Verdict::Match, "{system}");
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200, "{system}: again");
}

#[tokio::test]
async fn users_of_other_systems_sign_in_and_their_hashes_are_renewed() {
    let app = app().await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    for (system, stored) in IMPORTED {
        walk(&app, system, stored).await;
    }
}

#[tokio::test]
async fn a_digest_that_was_wrapped_at_the_import_is_renewed_and_a_bare_one_matches_nothing() {
    let app = app().await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    // Django's `md5$seasalt$..`
    let digest = "9aa4b8addefd43dbf9340b7540e4e49a";
    let hasher = Argon2id::insecure_and_fast_for_tests();
    let digest_of_django = FastDigest::md5(digest).expect("32 digits").salt_before("seasalt");
    let wrapped = digest_of_django.wrap(&hasher).expect("random bytes");
    walk(&app, "wrapped MD5", wrapped.as_stored()).await;

    for bare in [digest.to_owned(), format!("md5$seasalt${digest}"), format!("md5:::{digest}")] {
        app.execute(&format!("UPDATE accounts SET pw_hash = '{bare}'")).await;
        assert_eq!(app.client().login("ada", PASSWORD).await.status, 401, "{bare}");
    }
}
