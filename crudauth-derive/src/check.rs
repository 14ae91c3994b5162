//! The second phase: does what is written make a user? One small function for each rule, with the
//! number of its UI case (C28 is `tests/ui/fail/*/c28_*.rs`); nothing after this phase can fail.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Type, parse_quote};

use crate::diag::{Diagnostics, closest};
use crate::logical::{Factor, Kind, Logical};
use crate::messages;
use crate::model::{self, Fill, Recovery, Warning};
use crate::syntax::{Field, Source, User};
use crate::types::{Known, is_option, known, may_identify, spell, without_option};

/// Turns the struct as written into a user, or reports every reason why it is none.
pub(crate) fn check<'a>(raw: &User<'a>, diagnostics: &mut Diagnostics) -> Option<model::User<'a>> {
    let mut warnings = Vec::new();
    let table = table(raw, diagnostics);
    let columns = columns(raw, diagnostics);
    unique_columns(raw, &columns, diagnostics);
    straight_columns(raw, diagnostics);

    let roles = Roles::assign(raw, &mut warnings, diagnostics);
    given_up(raw, &roles, diagnostics);
    required(raw, &roles, diagnostics);
    types(raw, &roles, diagnostics);
    complete_sets(raw, &roles, diagnostics);
    let (id, password) = (roles.place(Logical::Id), roles.place(Logical::HashedPassword));
    let login = login(raw, &roles, diagnostics);
    let recovery = recovery(raw, &roles, diagnostics);

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
    unique_inputs(raw, &fills, diagnostics);
    absent_defaults(raw, &columns, diagnostics);

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
        id: id?,
        password: password?,
        fields,
        login,
        recovery,
        db_default: raw.db_default.clone(),
        warnings,
    })
}

// ----------------------------------------------------------------------------- Diesel side

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

// -------------------------------------------------------------------------- logical fields

/// Which logical field each field is.
struct Roles {
    of: Vec<Option<Logical>>,
    /// See [`User::uncertain`].
    uncertain: bool,
}

impl Roles {
    /// C29 to C31.
    fn assign(raw: &User<'_>, warnings: &mut Vec<Warning>, diagnostics: &mut Diagnostics) -> Self {
        let mut roles = Self { of: vec![None; raw.fields.len()], uncertain: raw.uncertain };
        for (place, field) in raw.fields.iter().enumerate() {
            let by_name = Logical::from_name(&field.name());
            let Some(declared) = &field.logical else {
                roles.claim(raw, place, by_name, diagnostics);
                continue;
            };
            let name = declared.value.value();
            let role = Logical::from_name(&name);
            if role.is_none() {
                let near = closest(&name, Logical::names()).and_then(Logical::from_name);
                roles.uncertain = true;
                diagnostics.report(&declared.value, messages::unknown_logical(&name, near));
            }
            if let (Some(role), Some(by_name)) = (role, by_name)
                && role != by_name
            {
                warnings.push(Warning {
                    at: Ident::new("logical", declared.value.span()),
                    message: messages::misleading_name(&field.name(), role),
                });
            }
            roles.claim(raw, place, role, diagnostics);
        }
        roles
    }

    fn claim(
        &mut self,
        raw: &User<'_>,
        place: usize,
        role: Option<Logical>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(role) = role else { return };
        let Some(earlier) = self.place(role) else {
            self.of[place] = Some(role);
            return;
        };
        let (first, second) = (&raw.fields[earlier], &raw.fields[place]);
        // Two fields cannot share a name, so at least one of them says `logical`.
        let marked = if second.logical.is_some() { second } else { first };
        let at = match &marked.logical {
            Some(declared) => declared.value.to_token_stream(),
            None => marked.ident.to_token_stream(),
        };
        diagnostics.report(
            at,
            messages::declared_twice(role, &first.name(), &second.name(), &marked.name()),
        );
    }

    fn place(&self, role: Logical) -> Option<usize> {
        self.of.iter().position(|taken| *taken == Some(role))
    }

    fn has(&self, role: Logical) -> bool {
        self.place(role).is_some()
    }

    /// Certainly absent, so that its absence can be a mistake of its own.
    fn lacks(&self, role: Logical) -> bool {
        !self.has(role) && !self.uncertain
    }
}

fn given_up(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    for name in &raw.without {
        match Logical::from_name(&name.unraw().to_string()) {
            Some(logical) if logical.can_be_given_up() => {
                if roles.has(logical) {
                    diagnostics.report(name, messages::given_up_but_there(raw.ident, name));
                }
            }
            _ => diagnostics.report(name, messages::cannot_give_up(name)),
        }
    }
}

/// C28.
fn required(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    let required = [Logical::Id, Logical::HashedPassword, Logical::IsActive, Logical::TokenVersion];
    for logical in required.into_iter().filter(|logical| roles.lacks(*logical)) {
        let given_up = logical.can_be_given_up()
            && raw.without.iter().any(|name| name.unraw() == logical.name());
        if given_up {
            continue;
        }
        let near = raw.fields.iter().zip(&roles.of).find(|(field, role)| {
            role.is_none() && closest(&field.name(), [logical.name()]).is_some()
        });
        match near {
            Some((field, _)) => diagnostics
                .report(field.ident, messages::missing(raw.ident, logical, Some(&field.name()))),
            None => diagnostics.report(raw.ident, messages::missing(raw.ident, logical, None)),
        }
    }
}

/// C32 to C35, as far as a type can be known by its name. What escapes here is refused by the
/// compiler, in its own words.
fn types(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    for (field, role) in raw.fields.iter().zip(&roles.of) {
        let Some(logical) = *role else { continue };
        let (ty, optional) = (field.ty, is_option(field.ty));
        let kind = known(without_option(ty));
        let wrong = match logical.kind() {
            Kind::Id => !may_identify(ty),

            Kind::Text => is_never_text(without_option(ty)),
            Kind::Flag => optional || kind.is_some_and(|kind| kind != Known::Bool),
            Kind::Epoch => optional || kind.is_some_and(|kind| kind != Known::Counter),
            Kind::Step => kind.is_some_and(|kind| !optional || kind != Known::Counter),
            Kind::Moment => matches!(kind, Some(Known::Bool | Known::Text | Known::Bytes)),
        };
        if wrong {
            diagnostics.report(ty, messages::wrong_type(logical, &spell(ty)));
        }
    }
}

fn is_never_text(ty: &Type) -> bool {
    known(ty).is_some_and(|kind| kind != Known::Text)
}

/// C36.
fn complete_sets(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    let provider_ids = [Logical::GoogleId, Logical::GithubId];
    let linked = roles.of.iter().position(|role| role.is_some_and(|r| provider_ids.contains(&r)));
    if let Some(place) = linked
        && roles.lacks(Logical::OauthProvider)
    {
        report_partners(raw, roles, place, &[Logical::OauthProvider], diagnostics);
    }
    let totp = roles.of.iter().position(|role| role.is_some_and(|r| Logical::TOTP.contains(&r)));
    if let Some(place) = totp {
        let absent: Vec<Logical> =
            Logical::TOTP.into_iter().filter(|logical| roles.lacks(*logical)).collect();
        if !absent.is_empty() {
            report_partners(raw, roles, place, &absent, diagnostics);
        }
    }
}

fn report_partners(
    raw: &User<'_>,
    roles: &Roles,
    place: usize,
    partners: &[Logical],
    diagnostics: &mut Diagnostics,
) {
    if let Some(logical) = roles.of[place] {
        diagnostics.report(raw.fields[place].ident, messages::needs_partners(logical, partners));
    }
}

/// The fields that a user logs in by. C38 to C40.
fn login(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) -> Vec<usize> {
    match &raw.login {
        Some(listed) => {
            listed.value.iter().filter_map(|name| login_by(raw, roles, name, diagnostics)).collect()
        }
        None => usual_login(raw, roles, diagnostics),
    }
}

fn usual_login(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) -> Vec<usize> {
    let (optional, usable): (Vec<_>, Vec<_>) = [Logical::Email, Logical::Username]
        .into_iter()
        .filter_map(|logical| roles.place(logical))
        .partition(|&place| is_option(raw.fields[place].ty));
    if usable.is_empty() && !roles.uncertain {
        match optional.first() {
            Some(&place) => {
                let name = roles.of[place].map_or("", Logical::name);
                diagnostics.report(raw.fields[place].ty, messages::login_by_optional(name));
            }
            None => diagnostics.report(raw.ident, messages::no_login(raw.ident)),
        }
    }
    usable
}

fn login_by(
    raw: &User<'_>,
    roles: &Roles,
    name: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<usize> {
    let spoken = name.unraw().to_string();
    let by_role = Logical::from_name(&spoken).and_then(|logical| roles.place(logical));
    let by_name = || raw.fields.iter().position(|field| field.name() == spoken);
    let Some(place) = by_role.or_else(by_name) else {
        if !roles.uncertain {
            let usable = usable_for_login(raw, roles);
            diagnostics.report(name, messages::login_by_nothing(raw.ident, name, &usable));
        }
        return None;
    };
    let ty = raw.fields[place].ty;
    match roles.of[place] {
        Some(logical) if !logical.identifies() => {
            diagnostics.report(name, messages::login_by_anything(name));
            return None;
        }
        Some(logical) if by_role.is_none() => {
            diagnostics.report(name, messages::login_by_field_name(name, logical));
            return None;
        }
        None if is_never_text(ty) => {
            diagnostics.report(name, messages::login_by_anything(name));
            return None;
        }
        _ => {}
    }
    if is_option(ty) {
        diagnostics.report(ty, messages::login_by_optional(&spoken));
        return None;
    }
    Some(place)
}

fn usable_for_login(raw: &User<'_>, roles: &Roles) -> Vec<String> {
    raw.fields
        .iter()
        .zip(&roles.of)
        .filter(|(field, _)| !is_option(field.ty))
        .filter_map(|(field, role)| match role {
            Some(logical) => logical.identifies().then(|| logical.name().to_owned()),
            None => (known(field.ty) == Some(Known::Text)).then(|| field.name()),
        })
        .collect()
}

/// C37.
fn recovery(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) -> Option<Recovery> {
    let Some(listed) = &raw.recovery else {
        let by_email = roles.has(Logical::Email) && roles.has(Logical::EmailVerified);
        return by_email.then_some(Recovery { factor: Factor::Email });
    };
    if let [_, second, ..] = listed.value.as_slice() {
        diagnostics.report(second, messages::two_factors());
        return None;
    }
    let name = listed.value.first()?;
    let factor = match name.unraw().to_string().as_str() {
        "none" => return None,
        "email" => Factor::Email,
        "phone" => Factor::Phone,
        _ => {
            diagnostics.report(name, messages::unknown_factor(name));
            return None;
        }
    };
    let place = match factor {
        Factor::Email => roles.place(Logical::Email),
        Factor::Phone => raw.fields.iter().position(|field| field.name() == factor.name()),
    };
    match place {
        None if !roles.uncertain => {
            diagnostics.report(name, messages::recovery_by_nothing(raw.ident, factor));
        }
        Some(place)
            if factor == Factor::Phone && is_never_text(without_option(raw.fields[place].ty)) =>
        {
            let ty = raw.fields[place].ty;
            diagnostics.report(ty, messages::recovery_by_no_text(factor, &spell(ty)));
        }
        _ if roles.lacks(factor.verified()) => {
            diagnostics.report(name, messages::unverified_recovery(factor));
        }
        _ => {}
    }
    Some(Recovery { factor })
}

// --------------------------------------------------------------------------------- sign-up

/// A field and what is known of it when its source is decided.
struct Subject<'r, 'a> {
    field: &'r Field<'a>,
    column: &'r Ident,
    role: Option<Logical>,
    login: bool,
}

impl Subject<'_, '_> {
    fn fill(&self, warnings: &mut Vec<Warning>, diagnostics: &mut Diagnostics) -> Fill {
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
fn unique_inputs(raw: &User<'_>, fills: &[Fill], diagnostics: &mut Diagnostics) {
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
fn absent_defaults(raw: &User<'_>, columns: &[Ident], diagnostics: &mut Diagnostics) {
    for name in &raw.db_default {
        let field = columns.iter().position(|column| column.unraw() == name.unraw());
        if let Some(place) = field {
            let message = messages::default_of_a_field(raw.ident, name, &raw.fields[place].name());
            diagnostics.report(name, message);
        }
    }
}
