//! Which rows count.

use proc_macro2::Ident;

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
        if let Some(key) = &field.tenant {
            return self.tenant(field, key, role);
        }
        let key = field.soft_delete.as_ref()?;
        let earlier = self.fields.iter().find(|other| other.scope.is_some() && !other.is_tenant());
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

    /// The tenant, where `field` can say it.
    fn tenant(
        &self,
        field: &syntax::Field<'_>,
        key: &Ident,
        role: Option<Logical>,
    ) -> Option<RowScope> {
        let name = field.name();
        if let Some(earlier) = self.fields.iter().find(|other| other.is_tenant()) {
            self.report(key, messages::two_tenants(&earlier.name(), &name));
        } else if let Some(role) = role {
            self.report(key, messages::tenant_of_a_role(&name, role));
        } else if let Some(key) = &field.soft_delete {
            self.report(key, messages::tenant_is_deleted(&name));
        } else if let Some(source) = field.sources.first() {
            self.report(&source.key, messages::tenant_is_told(&name, source.value));
        } else if is_option(field.ty) {
            self.report(field.ty, messages::optional_tenant(&name));
        } else {
            return Some(RowScope::Tenant);
        }
        None
    }
}
