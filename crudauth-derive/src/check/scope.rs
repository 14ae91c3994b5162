//! Which rows count.

use super::Check;
use crate::logical::Logical;
use crate::messages;
use crate::model::RowScope;
use crate::syntax;
use crate::types::{Known, is_option, known, spell};

impl Check<'_, '_> {
    /// What a field that says `soft_delete` says of its row. Of the mistakes in it, the first is
    /// reported.
    pub(super) fn scope(
        &self,
        field: &syntax::Field<'_>,
        role: Option<Logical>,
    ) -> Option<RowScope> {
        let key = field.soft_delete.as_ref()?;
        let earlier = self.fields.iter().find(|other| other.scope.is_some());
        if let Some(earlier) = earlier {
            self.report(key, messages::two_soft_deletes(&earlier.name(), &field.name()));
        } else if let Some(role) = role {
            self.report(key, messages::soft_delete_of_a_role(&field.name(), role));
        } else if let Some(source) = field.sources.first() {
            let message = messages::soft_delete_is_written(&field.name(), source.value);
            self.report(&source.key, message);
        } else {
            let scope = match known(field.ty) {
                _ if is_option(field.ty) => Some(RowScope::Null),
                Some(Known::Bool) => Some(RowScope::False),
                Some(Known::SmallNumber) => Some(RowScope::Zero),
                _ => None,
            };
            if scope.is_none() {
                self.report(field.ty, messages::soft_delete_by_type(&spell(field.ty)));
            }
            return scope;
        }
        None
    }
}
