//! What fills each column when a user signs up.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::diag::Diagnostics;
use crate::logical::Logical;
use crate::messages;
use crate::model::{Fill, Warning};
use crate::names::carries_power;
use crate::syntax::{Field, Source, User};

/// A field and what is known of it when its source is decided.
pub(super) struct Subject<'r, 'a> {
    pub(super) field: &'r Field<'a>,
    pub(super) column: &'r Ident,
    pub(super) role: Option<Logical>,
    pub(super) login: bool,
}

impl Subject<'_, '_> {
    pub(super) fn fill(&self, warnings: &mut Vec<Warning>, diagnostics: &mut Diagnostics) -> Fill {
        match self.role {
            Some(logical) => self.fill_logical(logical, warnings, diagnostics),
            None => self.fill_own(warnings, diagnostics),
        }
    }

    /// C41 to C43, C45, C48 and C51.
    fn fill_logical(
        &self,
        logical: Logical,
        warnings: &mut Vec<Warning>,
        diagnostics: &mut Diagnostics,
    ) -> Fill {
        let mut fill = if logical.identifies() {
            Fill::Client { wire_name: logical.name().to_owned() }
        } else {
            Fill::Crudauth
        };
        let mut allowed: Option<Source> = None;
        for source in &self.field.sources {
            let permitted = match source.value {
                Source::Register if logical.identifies() => {
                    warnings.push(Warning {
                        at: source.key.clone(),
                        message: messages::always_sent(logical.name()),
                    });
                    continue;
                }
                Source::Register => {
                    diagnostics.report(
                        &source.key,
                        messages::client_sets_logical(&self.field.name(), logical),
                    );
                    continue;
                }
                Source::Default => logical.allows_default(),
                Source::Provisioned => logical.allows_provisioned(),
            };
            if !permitted {
                let message = messages::not_yours_to_fill(logical, source.value);
                diagnostics.report(&source.key, message);
            } else if let Some(first) = allowed {
                let message = messages::two_sources(&self.field.name(), first, source.value);
                diagnostics.report(&source.key, message);
            } else {
                allowed = Some(source.value);
                fill = match source.value {
                    Source::Default => Fill::Database,
                    _ => Fill::Provisioned,
                };
            }
        }
        if let Some(rename) = &self.field.rename {
            diagnostics.report(&rename.key, messages::renames_logical(logical));
        }
        fill
    }

    /// C44, C46, C48 and C55.
    fn fill_own(&self, warnings: &mut Vec<Warning>, diagnostics: &mut Diagnostics) -> Fill {
        if self.login {
            return self.fill_login(warnings, diagnostics);
        }
        let name = self.field.name();
        let mut sources = self.field.sources.iter();
        let first = sources.next();
        if let Some(first) = first {
            for extra in sources {
                let message = messages::two_sources(&name, first.value, extra.value);
                diagnostics.report(&extra.key, message);
            }
            let privileged = Logical::from_name(&self.column.unraw().to_string())
                .filter(|logical| logical.is_privileged() && first.value != Source::Default);
            if let Some(logical) = privileged {
                let message = messages::sets_privileged_column(&name, logical, &first.key);
                diagnostics.report(&first.key, message);
            } else if first.value == Source::Register && !self.field.reviewed {
                self.refuse_power(&first.key, diagnostics);
            }
        }
        let registered = self.field.sources.iter().any(|s| s.value == Source::Register);
        match (&self.field.rename, &self.field.serde_rename) {
            (Some(rename), _) if !registered => {
                diagnostics.report(&rename.key, messages::renames_nothing(&name));
            }
            (None, Some(key)) if registered => {
                warnings.push(Warning { at: key.clone(), message: messages::serde_rename() });
            }
            _ => {}
        }
        match first.map(|source| source.value) {
            None => Fill::Null,
            Some(Source::Default) => Fill::Database,
            Some(Source::Provisioned) => Fill::Provisioned,
            Some(Source::Register) => {
                let renamed = self.field.rename.as_ref().map(|rename| rename.value.value());
                Fill::Client { wire_name: renamed.unwrap_or(name) }
            }
        }
    }

    /// C59.
    fn refuse_power(&self, key: &Ident, diagnostics: &mut Diagnostics) {
        let (name, column) = (self.field.name(), self.column.unraw().to_string());
        if carries_power(&name) {
            diagnostics.report(key, messages::chooses_power(&name, &name));
        } else if carries_power(&column) {
            diagnostics.report(key, messages::chooses_power(&name, &column));
        }
    }

    /// A field of the application that users log in by: the client always sends it.
    fn fill_login(&self, warnings: &mut Vec<Warning>, diagnostics: &mut Diagnostics) -> Fill {
        let name = self.field.name();
        for source in &self.field.sources {
            if source.value == Source::Register {
                warnings.push(Warning {
                    at: source.key.clone(),
                    message: messages::always_sent(&name),
                });
            } else {
                let message = messages::login_is_sent(&name, source.value);
                diagnostics.report(&source.key, message);
            }
        }
        if let Some(rename) = &self.field.rename {
            diagnostics.report(&rename.key, messages::renames_login(&name));
        }
        Fill::Client { wire_name: name }
    }
}

/// C47. What is always sent has its name first, whatever the order of the fields.
pub(super) fn unique_inputs(raw: &User<'_>, fills: &[Fill], diagnostics: &mut Diagnostics) {
    let inputs = || {
        raw.fields.iter().zip(fills).filter_map(|(field, fill)| match fill {
            Fill::Client { wire_name } => Some((field, wire_name.as_str())),
            _ => None,
        })
    };
    let is_chosen =
        |field: &Field<'_>| field.sources.iter().any(|source| source.value == Source::Register);
    let mut taken: HashSet<&str> = HashSet::from(["password"]);
    taken.extend(inputs().filter(|(field, _)| !is_chosen(field)).map(|(_, name)| name));
    for (field, name) in inputs().filter(|(field, _)| is_chosen(field)) {
        if taken.insert(name) {
            continue;
        }
        match &field.rename {
            Some(rename) => diagnostics.report(&rename.value, messages::taken_input(name)),
            None => diagnostics.report(field.ident, messages::taken_input(name)),
        }
    }
}

/// C54.
pub(super) fn absent_defaults(raw: &User<'_>, columns: &[Ident], diagnostics: &mut Diagnostics) {
    for name in &raw.db_default {
        let field = columns.iter().position(|column| column.unraw() == name.unraw());
        if let Some(place) = field {
            let message = messages::default_of_a_field(raw.ident, name, &raw.fields[place].name());
            diagnostics.report(name, message);
        }
    }
}
