//! Whose ids are in the columns that link users to a provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::plain_issuer;
use crate::providers::{Provider, public_issuer};
use crate::user::AuthUser;

/// The issuers that the application has said, by the names of the providers.
#[derive(Default)]
pub(crate) struct ColumnIssuers(BTreeMap<String, String>);

impl ColumnIssuers {
    pub(super) fn set(&mut self, provider: String, issuer: String) {
        self.0.insert(provider, issuer);
    }

    /// The issuer of the ids in the column of a provider, which need not be mounted.
    pub(super) fn of(&self, provider: &str) -> &str {
        let said = self.0.get(provider).map(String::as_str);
        plain_issuer(said.or_else(|| public_issuer(provider)).unwrap_or_default())
    }

    /// What is wrong with them, and with the providers that are mounted over a column.
    pub(super) fn mistakes<U: AuthUser>(
        &self,
        providers: &BTreeMap<String, Arc<dyn Provider>>,
    ) -> Vec<String> {
        let user = U::SCHEMA.user;
        let has_no_column = |name: &&String| U::SCHEMA.link_column(name).is_none();
        let of_no_column = self.0.keys().filter(has_no_column).map(|name| {
            format!(
                "`OAuthConfig::column_issuer({name:?}, ..)` is of no column: `{user}` has none that links users \
                 to the provider `{name}`, so leave it out"
            )
        });
        let of_others = U::SCHEMA.link_columns().filter_map(|(name, column)| {
            let mounted = plain_issuer(providers.get(name)?.issuer());
            if self.of(name) == mounted {
                return None;
            }
            let column = column.column;
            Some(match self.0.get(name) {
                Some(said) => format!(
                    "`OAuthConfig::column_issuer({name:?}, {said:?})` is not the issuer of the provider \
                     `{name}`, which is {mounted:?}: give that if the ids in the column `{column}` of `{user}` \
                     are its own"
                ),
                // Two servers give one id to two people.
                None => format!(
                    "the column `{column}` of `{user}` has ids of {:?}, but the provider `{name}` is \
                     {mounted:?}, whose ids are those of other people: if the ids in the column are its own, say \
                     so by `OAuthConfig::column_issuer({name:?}, {mounted:?})`; else give the field another name, \
                     with `#[auth(column = {column:?})]`, so that links are rows of crudauth's own",
                    self.of(name)
                ),
            })
        });
        of_no_column.chain(of_others).collect()
    }
}
