//! Which field is which logical field, and whether these make a user.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt;

use crate::diag::{Diagnostics, closest};
use crate::logical::{Factor, Kind, Logical};
use crate::messages;
use crate::model::{Recovery, Warning};
use crate::names::is_opposite;
use crate::syntax::User;
use crate::types::{Known, is_option, known, may_identify, spell, without_option};

/// Which logical field each field is.
pub(super) struct Roles {
    pub(super) of: Vec<Option<Logical>>,
    /// See [`User::uncertain`].
    uncertain: bool,
}

impl Roles {
    /// C29 to C31.
    pub(super) fn assign(
        raw: &User<'_>,
        warnings: &mut Vec<Warning>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
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

    pub(super) fn place(&self, role: Logical) -> Option<usize> {
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

/// What `without(..)` calls the four columns of a second factor together.
const SECOND_FACTOR: &str = "second_factor";

/// Whether the struct maps a second factor and says that users sign in without it.
pub(super) fn ignores_second_factor(raw: &User<'_>) -> bool {
    raw.without.iter().any(|name| name.unraw() == SECOND_FACTOR)
}

pub(super) fn given_up(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    for name in &raw.without {
        if name.unraw() == SECOND_FACTOR {
            if Logical::TOTP.into_iter().all(|logical| roles.lacks(logical)) {
                diagnostics.report(name, messages::no_second_factor(raw.ident));
            }
            continue;
        }
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
pub(super) fn required(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
    let required = [Logical::Id, Logical::HashedPassword, Logical::IsActive, Logical::TokenVersion];
    for logical in required.into_iter().filter(|logical| roles.lacks(*logical)) {
        let given_up = logical.can_be_given_up()
            && raw.without.iter().any(|name| name.unraw() == logical.name());
        if given_up {
            continue;
        }
        let near = raw.fields.iter().zip(&roles.of).find(|(field, role)| {
            role.is_none()
                && (closest(&field.name(), [logical.name()]).is_some()
                    || Logical::from_other_name(&field.name()) == Some(logical))
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
pub(super) fn types(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
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

/// C60. What is shown is where the name stands: `logical`, `column`, or Diesel's own `column_name`.
pub(super) fn opposites(
    raw: &User<'_>,
    roles: &Roles,
    columns: &[Ident],
    diagnostics: &mut Diagnostics,
) {
    for ((field, role), column) in raw.fields.iter().zip(&roles.of).zip(columns) {
        let Some(logical) = *role else { continue };
        let (name, column_name) = (field.name(), column.unraw().to_string());
        match &field.logical {
            Some(declared) if is_opposite(logical, &name) => {
                diagnostics.report(&declared.value, messages::opposite(logical, &name));
            }
            _ if is_opposite(logical, &column_name) => {
                diagnostics.report(column, messages::opposite(logical, &column_name));
            }
            _ => {}
        }
    }
}

fn is_never_text(ty: &Type) -> bool {
    known(ty).is_some_and(|kind| kind != Known::Text)
}

/// C36.
pub(super) fn complete_sets(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) {
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
pub(super) fn login(raw: &User<'_>, roles: &Roles, diagnostics: &mut Diagnostics) -> Vec<usize> {
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
            None => {
                let meant = raw.fields.iter().find_map(|field| {
                    let name = field.name();
                    let logical = Logical::from_other_name(&name)?;
                    logical.identifies().then_some((name, logical))
                });
                diagnostics.report(raw.ident, messages::no_login(raw.ident, meant));
            }
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
pub(super) fn recovery(
    raw: &User<'_>,
    roles: &Roles,
    diagnostics: &mut Diagnostics,
) -> Option<Recovery> {
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
