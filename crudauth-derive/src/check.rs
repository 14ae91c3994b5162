//! The second phase: from what is written to a user. Each rule is one small function. Nothing after
//! this phase can fail.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Path;
use syn::ext::IdentExt;

use crate::diag::{Diagnostics, Message, closest};
use crate::logical::{Logical, Property};
use crate::messages;
use crate::model::{self, Backend, Field, Fill};
use crate::syntax::{self, User};

mod flags;
mod login;
mod roles;
mod scope;
mod signup;

/// Checks the struct as written, and turns it into a user or reports every mistake in it.
pub(crate) fn check<'a>(raw: &'a User<'a>, diagnostics: &Diagnostics) -> Option<model::User<'a>> {
    let table = table(raw, diagnostics);
    let backends = backends(raw, diagnostics);
    let mut check = Check { raw, fields: Vec::new(), uncertain: raw.uncertain, diagnostics };
    for field in &raw.fields {
        check.take(field);
    }
    check.flags();
    check.given_up();
    check.beside();
    check.required();
    check.complete_sets();
    check.login();
    let recovery = check.recovery();
    for index in 0..check.fields.len() {
        check.fields[index].fill = check.fill(&check.fields[index]);
    }
    check.unique_inputs();
    check.absent_defaults();

    let beside = check.all_beside();
    let ignores_second_factor = check.gives_up(roles::SECOND_FACTOR);
    let second_factor_beside = check.second_factor_beside();
    let fields = check.fields;
    let of = |role| fields.iter().find(|field| field.role == Some(role)).cloned();
    let mut login: Vec<_> = fields.iter().filter(|field| field.logs_in()).cloned().collect();
    login.sort_by_key(|field| field.login);
    Some(model::User {
        written: raw,
        ident: raw.ident,
        table: table?,
        backends,
        id: of(Logical::Id)?,
        password: of(Logical::HashedPassword)?,
        login,
        fields,
        recovery,
        beside,
        ignores_second_factor,
        second_factor_beside,
    })
}

/// The struct, and what is known of its fields so far.
struct Check<'d, 'a> {
    raw: &'a User<'a>,
    fields: Vec<Field<'a>>,
    /// See [`User::uncertain`].
    uncertain: bool,
    diagnostics: &'d Diagnostics,
}

impl<'a> Check<'_, 'a> {
    fn report(&self, at: impl ToTokens, message: Message) {
        self.diagnostics.report(at, message);
    }

    /// Takes the next field: its column and its role, which must fit each other and its type.
    fn take(&mut self, written: &'a syntax::Field<'a>) {
        let column = self.column(written);
        for key in &written.detours {
            self.report(key, messages::detour(&written.name(), key));
        }
        let role = self.role(written);
        let field = Field {
            index: self.fields.len(),
            written,
            ident: written.ident,
            ty: written.ty,
            when: self.when(written, &column, role),
            scope: self.scope(written, role),
            column,
            role,
            fill: Fill::Null,
            login: None,
            factor: false,
        };
        self.right_type(&field);
        self.fields.push(field);
    }

    /// The column of a field, which no other field may have.
    fn column(&self, field: &syntax::Field<'_>) -> Ident {
        let column = match (&field.column, &field.diesel_column) {
            (Some(ours), Some(diesels)) => {
                if ours.unraw() != diesels.unraw() {
                    let message = messages::two_columns(&field.name(), ours, diesels);
                    self.report(ours, message);
                }
                diesels
            }
            (Some(named), None) | (None, Some(named)) => named,
            (None, None) => field.ident,
        };
        let earlier = self.fields.iter().find(|other| other.column.unraw() == column.unraw());
        if let Some(earlier) = earlier {
            let full_name = match self.raw.tables.first().and_then(|table| table.segments.last()) {
                Some(table) => format!("{}.{}", table.ident.unraw(), column.unraw()),
                None => column.unraw().to_string(),
            };
            let (first, second) = (earlier.name(), field.name());
            self.report(column, messages::shared_column(&first, &second, &full_name));
        }
        column.clone()
    }

    fn with_role(&self, role: Logical) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.role == Some(role))
    }

    fn named(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.name() == name)
    }

    /// Whether the struct certainly lacks the logical field, so that it can be an error.
    fn lacks(&self, role: Logical) -> bool {
        !self.has(role) && !self.uncertain
    }

    /// Whether the struct has the logical field, or crudauth keeps it beside the table.
    fn has(&self, role: Logical) -> bool {
        self.with_role(role).is_some() || self.keeps_beside(role)
    }

    fn gives_up(&self, name: &str) -> bool {
        self.raw.without.iter().any(|given_up| given_up.unraw() == name)
    }

    fn required(&self) {
        let required = Logical::ALL.iter().copied().filter(|role| role.is(Property::Required));
        for role in required {
            if !self.lacks(role) || (role.is(Property::GivenUp) && self.gives_up(role.name())) {
                continue;
            }
            let near = self.fields.iter().find(|field| {
                let name = field.name();
                field.role.is_none()
                    && (closest(&name, [role.name()]).is_some()
                        || Logical::from_other_name(&name) == Some(role))
            });
            let at = near.map_or(self.raw.ident, |near| near.ident);
            let near = near.map(Field::name);
            let message = messages::missing(self.raw.ident, role, near.as_deref());
            let message = match self.speaks_against(role).filter(|_| near.is_none()) {
                Some((field, when)) => messages::speaks_against(message, &field.name(), role, when),
                None => message,
            };
            self.report(at, message);
        }
    }

    /// Checks that the struct lacks the columns of `db_default(..)`.
    fn absent_defaults(&self) {
        for name in &self.raw.db_default {
            let field = self.fields.iter().find(|field| field.column.unraw() == name.unraw());
            if let Some(field) = field {
                let field = field.name();
                self.report(name, messages::default_of_a_field(self.raw.ident, name, &field));
            }
        }
    }
}

fn table(raw: &User<'_>, diagnostics: &Diagnostics) -> Option<Path> {
    match raw.tables.as_slice() {
        [] => diagnostics.report(raw.ident, messages::no_table(raw.ident)),
        [table] => return Some(table.clone()),
        [_, second, ..] => diagnostics.report(second, messages::two_tables()),
    }
    None
}

/// The backends that the struct is for.
fn backends(raw: &User<'_>, diagnostics: &Diagnostics) -> Option<Vec<Backend>> {
    let named = raw.backends.as_ref()?;
    let mut found = Vec::new();
    for path in named {
        let known = syn::parse2::<Path>(path.clone()).ok().and_then(|path| {
            path.segments.last().and_then(|last| Backend::from_name(&last.ident.to_string()))
        });
        match known {
            Some(backend) => found.push(backend),
            None => diagnostics.report(path, messages::unknown_backend(path)),
        }
    }
    Some(found)
}
