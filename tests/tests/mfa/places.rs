//! What rests in each place: in the columns the bytes of the Python library, in crudauth's own table
//! nothing that serves whoever reads it.

use sha2::{Digest as _, Sha256};

use crate::site::{Place, Site, verify};

const ADA: &str = "ada@example.com";

/// What the Python library writes, under the key of the tests, for the secret [`SECRET`].
const TOKEN: &str = concat!(
    "gAAAAABlU_EAAAAAAAAAAAAAAAAAAAAAALxksp77SWefPC1Rek6aJG-FK9tY9E8jKVWcrVWEXFjP",
    "xNTpJjAjWNf2aJgjha7fTHRT1ynXG2-vDRnjwE6_UQBH0V2brtedxTSwJ3tSmJYs",
);
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn signs_in(site: &Site, code: &str) -> u16 {
    let mut client = site.client();
    let challenge = site.challenge(&mut client, ADA).await;
    verify(&mut client, &challenge, code).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_python_library_signs_in() {
    let site = Site::open(Place::Columns).await;
    site.sign_up(ADA).await;
    let digest = sha256("abcdefgh23456789");
    let set = format!(
        "UPDATE members SET totp_secret_encrypted = '{TOKEN}', \
         totp_confirmed_at = '2023-11-14 22:13:20', mfa_recovery_codes = '[\"00\", \"{digest}\"]'"
    );
    site.database.execute(&set).await;
    assert_eq!(signs_in(&site, &site.code(SECRET)).await, 200);
    assert_eq!(signs_in(&site, &site.code(SECRET)).await, 401);
    assert_eq!(signs_in(&site, "ABCD efgh-2345-6789").await, 200);
    let select = async |column: &str| {
        site.database.select(&format!("SELECT {column} FROM members")).await.concat()
    };
    assert_eq!(select("mfa_recovery_codes").await, "[\"00\"]");
    assert_eq!(select("totp_secret_encrypted").await, TOKEN, "it was not written anew");
    assert_eq!(select("CAST(totp_last_step AS CHAR(8))").await, (1_800_000_000 / 30).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_up_is_in_the_form_of_the_python_library() {
    let site = Site::open(Place::Columns).await;
    let ada = site.enrolled(ADA).await;
    let digests: Vec<String> = ada
        .recovery_codes
        .iter()
        .map(|code| format!("\"{}\"", sha256(&code.replace('-', ""))))
        .collect();
    let codes = site.database.select("SELECT mfa_recovery_codes FROM members").await;
    assert_eq!(codes, [format!("[{}]", digests.join(", "))]);
    let token = site.database.select("SELECT totp_secret_encrypted FROM members").await.concat();
    assert!(token.len() == 140 && token.starts_with("gAAAA"), "{token}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_table_serves_nobody_who_reads_it() {
    let site = Site::open(Place::OwnTable).await;
    let ada = site.enrolled(ADA).await;
    let codes = site.database.select("SELECT codes FROM crudauth_second_factors").await.concat();
    for code in &ada.recovery_codes {
        let plain = code.replace('-', "");
        assert!(!codes.contains(&plain) && !codes.contains(&sha256(&plain)));
    }
    // A nonce of 24 bytes, the secret of 32 letters, and a tag of 16.
    let sealed = "SELECT owner FROM crudauth_second_factors WHERE length(secret) = 72";
    assert_eq!(site.database.select(sealed).await.len(), 1);
    // Another account does not get it with its row.
    site.sign_up("eve@example.com").await;
    let eve = "FROM members WHERE email = 'eve@example.com'";
    let id = site.database.select(&format!("SELECT CAST(id AS CHAR(8)) {eve}")).await.concat();
    let moved = format!(
        "UPDATE crudauth_second_factors SET owner = '{}', epoch = (SELECT token_version {eve})",
        id.trim_end()
    );
    site.database.execute(&moved).await;
    let mut client = site.client();
    let challenge = site.challenge(&mut client, "eve@example.com").await;
    let answer = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
}
