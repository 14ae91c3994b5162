//! What fills each column when a user signs up.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Check;
use crate::logical::{Logical, Property};
use crate::messages;
use crate::model::{Field, Fill, RowScope};
use crate::names::carries_power;
use crate::syntax::Source;

impl Check<'_, '_> {
    /// What fills a field at sign-up.
    pub(super) fn fill(&self, field: &Field<'_>) -> Fill {
        match field.role {
            Some(role) => self.fill_logical(field, role),
            None if field.written.tenant.is_some() => Fill::Crudauth,
            None if field.written.soft_delete.is_some() => fill_soft_delete(field),
            None if field.logs_in() => self.fill_login(field),
            None => self.fill_own(field),
        }
    }

    fn fill_logical(&self, field: &Field<'_>, role: Logical) -> Fill {
        let (written, name) = (field.written, field.name());
        let mut fill = if role.is(Property::Identifies) {
            Fill::Client { wire_name: wire_name(field, role.name()) }
        } else {
            Fill::Crudauth
        };
        let mut allowed: Option<Source> = None;
        for source in &written.sources {
            let permitted = match source.value {
                Source::Register if role.is(Property::Identifies) => {
                    self.diagnostics.warn(&source.key, messages::always_sent(role.name()));
                    continue;
                }
                Source::Register => {
                    self.report(&source.key, messages::client_sets_logical(&name, role));
                    continue;
                }
                Source::Default => role.is(Property::Default),
                Source::Provisioned => role.is(Property::Provisioned),
            };
            if !permitted {
                self.report(&source.key, messages::not_yours_to_fill(role, source.value));
            } else if let Some(first) = allowed {
                self.report(&source.key, messages::two_sources(&name, first, source.value));
            } else {
                allowed = Some(source.value);
                fill = match source.value {
                    Source::Default => Fill::Database,
                    _ => Fill::Provisioned,
                };
            }
        }
        if let Some(rename) = written.rename.as_ref().filter(|_| !role.is(Property::Identifies)) {
            self.report(&rename.key, messages::renames_logical(role));
        }
        fill
    }

    /// A field of the application.
    fn fill_own(&self, field: &Field<'_>) -> Fill {
        let (written, name) = (field.written, field.name());
        let mut sources = written.sources.iter();
        let first = sources.next();
        if let Some(first) = first {
            for extra in sources {
                self.report(&extra.key, messages::two_sources(&name, first.value, extra.value));
            }
            let privileged = Logical::from_name(&field.column.unraw().to_string())
                .filter(|role| role.is_privileged() && first.value != Source::Default);
            if let Some(role) = privileged {
                let message = messages::sets_privileged_column(&name, role, &first.key);
                self.report(&first.key, message);
            } else if first.value == Source::Register && !written.reviewed {
                self.refuse_power(field, &first.key);
            }
        }
        let registered = written.says(Source::Register);
        match (&written.rename, &written.serde_rename) {
            (Some(rename), _) if !registered => {
                self.report(&rename.key, messages::renames_nothing(&name));
            }
            (None, Some(key)) if registered => {
                self.diagnostics.warn(key, messages::serde_rename());
            }
            _ => {}
        }
        match first.map(|source| source.value) {
            None => Fill::Null,
            Some(Source::Default) => Fill::Database,
            Some(Source::Provisioned) => Fill::Provisioned,
            Some(Source::Register) => Fill::Client { wire_name: wire_name(field, &name) },
        }
    }

    fn refuse_power(&self, field: &Field<'_>, key: &Ident) {
        let (name, column) = (field.name(), field.column.unraw().to_string());
        if let Some(named) = [&name, &column].into_iter().find(|named| carries_power(named)) {
            self.report(key, messages::chooses_power(&name, named));
        }
    }

    /// A field of the application that users log in by: the client always sends it.
    fn fill_login(&self, field: &Field<'_>) -> Fill {
        let name = field.name();
        for source in &field.written.sources {
            if source.value == Source::Register {
                self.diagnostics.warn(&source.key, messages::always_sent(&name));
            } else {
                self.report(&source.key, messages::login_is_sent(&name, source.value));
            }
        }
        Fill::Client { wire_name: wire_name(field, &name) }
    }

    /// Every input has a name of its own. The inputs that are always sent, under names that nobody
    /// chose, take theirs first, in whatever order the fields are.
    pub(super) fn unique_inputs(&self) {
        let inputs = self.fields.iter().filter_map(|field| {
            let Fill::Client { wire_name } = &field.fill else { return None };
            Some((field.written, wire_name.as_str()))
        });
        let (chosen, given): (Vec<_>, Vec<_>) =
            inputs.partition(|(field, _)| field.says(Source::Register) || field.rename.is_some());
        let mut taken: HashSet<&str> = HashSet::from(["password"]);
        taken.extend(given.into_iter().map(|(_, name)| name));
        for (field, name) in chosen {
            if taken.insert(name) {
                continue;
            }
            match &field.rename {
                Some(rename) => self.report(&rename.value, messages::taken_input(name)),
                None => self.report(field.ident, messages::taken_input(name)),
            }
        }
    }
}

/// A new row is not deleted. Where a column says so by NULL, it is left alone.
fn fill_soft_delete(field: &Field<'_>) -> Fill {
    match field.scope {
        Some(RowScope::Null) => Fill::Null,
        _ => Fill::Crudauth,
    }
}

/// The name of an input on the wire: `name`, unless the field says `rename`.
fn wire_name(field: &Field<'_>, name: &str) -> String {
    let renamed = field.written.rename.as_ref().map(|rename| rename.value.value());
    renamed.unwrap_or_else(|| name.to_owned())
}
