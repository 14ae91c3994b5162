//! The second phase: does what is written make a user? One small function for each rule, with the
//! number of its UI case (C28 is `tests/ui/fail/*/c28_*.rs`); nothing after this phase can fail.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse_quote;

use crate::diag::Diagnostics;
use crate::logical::Logical;
use crate::messages;
use crate::model::{self, Backend, Fill};
use crate::syntax::User;

use self::roles::Roles;
use self::signup::Subject;

mod roles;
mod signup;

/// Turns the struct as written into a user, or reports every reason why it is none.
pub(crate) fn check<'a>(raw: &User<'a>, diagnostics: &mut Diagnostics) -> Option<model::User<'a>> {
    let mut warnings = Vec::new();
    let table = table(raw, diagnostics);
    let backends = backends(raw, diagnostics);
    let columns = columns(raw, diagnostics);
    unique_columns(raw, &columns, diagnostics);
    straight_columns(raw, diagnostics);

    let roles = Roles::assign(raw, &mut warnings, diagnostics);
    roles::given_up(raw, &roles, diagnostics);
    roles::required(raw, &roles, diagnostics);
    roles::types(raw, &roles, diagnostics);
    roles::opposites(raw, &roles, &columns, diagnostics);
    roles::complete_sets(raw, &roles, diagnostics);
    let (id, password) = (roles.place(Logical::Id), roles.place(Logical::HashedPassword));
    let login = roles::login(raw, &roles, diagnostics);
    let recovery = roles::recovery(raw, &roles, diagnostics);

    let fills: Vec<Fill> = (0..raw.fields.len())
        .map(|place| {
            let field = Subject {
                field: &raw.fields[place],
                column: &columns[place],
                role: roles.of[place],
                login: login.contains(&place),
            };
            field.fill(&mut warnings, diagnostics)
        })
        .collect();
    signup::unique_inputs(raw, &fills, diagnostics);
    signup::absent_defaults(raw, &columns, diagnostics);

    let fields = raw
        .fields
        .iter()
        .zip(columns)
        .zip(roles.of)
        .zip(fills)
        .map(|(((field, column), logical), fill)| model::Field {
            ident: field.ident,
            ty: field.ty,
            column,
            logical,
            fill,
        })
        .collect();
    Some(model::User {
        vis: raw.vis,
        ident: raw.ident,
        deprecated: raw.deprecated,
        runtime: raw.runtime.clone().unwrap_or_else(|| parse_quote!(::crudauth)),
        table: table?,
        backends,
        id: id?,
        password: password?,
        fields,
        login,
        recovery,
        ignores_second_factor: roles::ignores_second_factor(raw),
        db_default: raw.db_default.clone(),
        warnings,
        links: raw.links.clone(),
    })
}

/// C17 and C18.
fn table(raw: &User<'_>, diagnostics: &mut Diagnostics) -> Option<syn::Path> {
    match raw.tables.as_slice() {
        [] => {
            diagnostics.report(raw.ident, messages::no_table(raw.ident));
            None
        }
        [table] => Some(table.clone()),
        [_, second, ..] => {
            diagnostics.report(second, messages::two_tables());
            None
        }
    }
}

/// The backends that the struct is for.
fn backends(raw: &User<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<Backend>> {
    let named = raw.backends.as_ref()?;
    let mut found = Vec::new();
    for path in named {
        let known = syn::parse2::<syn::Path>(path.clone()).ok().and_then(|path| {
            path.segments.last().and_then(|last| Backend::from_name(&last.ident.to_string()))
        });
        match known {
            Some(backend) => found.push(backend),
            None => diagnostics.report(path, messages::unknown_backend(path)),
        }
    }
    Some(found)
}

/// The column of each field. C19.
fn columns(raw: &User<'_>, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    raw.fields
        .iter()
        .map(|field| match (&field.column, &field.diesel_column) {
            (Some(ours), Some(diesels)) => {
                if ours.value.unraw() != diesels.unraw() {
                    diagnostics.report(
                        &ours.value,
                        messages::two_columns(&field.name(), &ours.value, diesels),
                    );
                }
                diesels.clone()
            }
            (Some(ours), None) => ours.value.clone(),
            (None, Some(diesels)) => diesels.clone(),
            (None, None) => field.ident.clone(),
        })
        .collect()
}

/// C22.
fn unique_columns(raw: &User<'_>, columns: &[Ident], diagnostics: &mut Diagnostics) {
    for (place, column) in columns.iter().enumerate() {
        let earlier = columns[..place].iter().position(|other| other.unraw() == column.unraw());
        if let Some(earlier) = earlier {
            let full_name = match raw.tables.first().and_then(|table| table.segments.last()) {
                Some(table) => format!("{}.{}", table.ident.unraw(), column.unraw()),
                None => column.unraw().to_string(),
            };
            let (first, second) = (raw.fields[earlier].name(), raw.fields[place].name());
            diagnostics.report(column, messages::shared_column(&first, &second, &full_name));
        }
    }
}

/// C23.
fn straight_columns(raw: &User<'_>, diagnostics: &mut Diagnostics) {
    for field in &raw.fields {
        for key in &field.detours {
            diagnostics.report(key, messages::detour(&field.name(), key));
        }
    }
}
