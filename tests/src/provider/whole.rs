//! What holds of accounts and of their links, whatever has failed.

use std::collections::BTreeSet;

use crate::support::engines::Sql;

/// Each account without a password has a link, and each link an account: neither is left half.
///
/// # Panics
///
/// If one is.
pub async fn links_are_whole(users: &Sql) {
    let select =
        async |sql: &str| -> BTreeSet<String> { users.select(sql).await.into_iter().collect() };
    let by_provider = select("SELECT account_id FROM accounts WHERE pw_hash NOT LIKE '$%'").await;
    let all = select("SELECT account_id FROM accounts").await;
    let owners = select("SELECT owner FROM crudauth_identities WHERE removed_at IS NULL").await;
    assert!(by_provider.is_subset(&owners), "{by_provider:?} {owners:?}");
    assert!(owners.is_subset(&all), "{owners:?} {all:?}");
}
