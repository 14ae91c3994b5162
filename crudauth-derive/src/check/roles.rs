//! Which field is which logical field, and whether these make a user.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Check;
use super::flags::may_share;
use crate::diag::closest;
use crate::logical::{Kind, Logical, Property};
use crate::messages;
use crate::model::Field;
use crate::syntax;
use crate::types::{Known, is_never_text, is_option, known, may_identify, spell, without_option};

/// What `without(..)` calls the four columns of a second factor together.
pub(super) const SECOND_FACTOR: &str = "second_factor";

impl Check<'_, '_> {
    /// The logical field that a field is: the one that it declares, or the one of its name.
    pub(super) fn role(&mut self, field: &syntax::Field<'_>) -> Option<Logical> {
        let by_name = Logical::from_name(&field.name());
        let Some(declared) = &field.logical else { return self.unclaimed(field, by_name?) };
        let name = declared.value.value();
        let Some(role) = Logical::from_name(&name) else {
            self.uncertain = true;
            let near = closest(&name, Logical::names()).and_then(Logical::from_name);
            self.report(&declared.value, messages::unknown_logical(&name, near));
            return None;
        };
        if by_name.is_some_and(|by_name| by_name != role) {
            let at = Ident::new("logical", declared.value.span());
            self.diagnostics.warn(&at, messages::misleading_name(&field.name(), role));
        }
        self.unclaimed(field, role)
    }

    /// The role, unless an earlier field has it.
    fn unclaimed(&self, field: &syntax::Field<'_>, role: Logical) -> Option<Logical> {
        let mut others = self.fields.iter().filter(|other| other.role == Some(role));
        let earlier = others.find(|other| !may_share(role, other.written));
        let Some(earlier) = earlier.filter(|_| !may_share(role, field)) else { return Some(role) };
        let earlier = earlier.written;
        // Two fields cannot share a name, so at least one of them says `logical`.
        let marked = if field.logical.is_some() { field } else { earlier };
        let at = match &marked.logical {
            Some(declared) => declared.value.to_token_stream(),
            None => marked.ident.to_token_stream(),
        };
        let (first, second) = (earlier.name(), field.name());
        self.report(at, messages::declared_twice(role, &first, &second, &marked.name()));
        None
    }

    /// Checks the type as far as its name tells. The compiler refuses the others.
    pub(super) fn right_type(&self, field: &Field<'_>) {
        let (Some(role), ty) = (field.role, field.ty) else { return };
        let optional = is_option(ty);
        let kind = known(without_option(ty));
        let wrong = match role.kind() {
            Kind::Id => !may_identify(ty),
            Kind::Text => is_never_text(without_option(ty)),
            Kind::OptionalText => kind.is_some_and(|kind| !optional || kind != Known::Text),
            Kind::Epoch => optional || kind.is_some_and(|kind| kind != Known::Counter),
            Kind::Step => kind.is_some_and(|kind| !optional || kind != Known::Counter),
            // Checked with what its column must hold.
            Kind::Flag => false,
            Kind::Moment => matches!(kind, Some(Known::Bool | Known::Text | Known::Bytes)),
            Kind::OptionalMoment => kind.is_some_and(|kind| {
                !optional || matches!(kind, Known::Bool | Known::Text | Known::Bytes)
            }),
        };
        if wrong {
            self.report(ty, messages::wrong_type(role, &spell(ty)));
        }
    }

    /// Checks that `without(..)` names fields that can be given up and that the struct lacks.
    pub(super) fn given_up(&self) {
        let user = self.raw.ident;
        for name in &self.raw.without {
            let spoken = name.unraw().to_string();
            match Logical::from_name(&spoken) {
                _ if spoken == SECOND_FACTOR => {
                    let nowhere = Logical::TOTP.into_iter().all(|role| self.lacks(role));
                    if nowhere && !self.second_factor_beside() {
                        self.report(name, messages::no_second_factor(user));
                    }
                }
                Some(role) if role.is(Property::GivenUp) => {
                    if self.with_role(role).is_some() {
                        self.report(name, messages::given_up_but_there(user, name));
                    }
                }
                _ => self.report(name, messages::cannot_give_up(name)),
            }
        }
    }

    /// Checks that `beside(..)` names fields that can be kept there, and that the struct lacks.
    pub(super) fn beside(&self) {
        let user = self.raw.ident;
        for name in &self.raw.beside {
            let spoken = name.unraw().to_string();
            if spoken == SECOND_FACTOR {
                self.second_factor_has_one_place(name);
                continue;
            }
            let role = Logical::from_name(&spoken).filter(|role| role.is(Property::Beside));
            let mistake = match role {
                None => messages::cannot_be_beside(name),
                Some(role) if self.with_role(role).is_some() => {
                    messages::beside_but_there(user, name)
                }
                Some(_) if self.gives_up(&spoken) => messages::beside_but_given_up(name),
                Some(Logical::EmailVerified) if self.lacks(Logical::Email) => {
                    messages::verifies_nothing(user)
                }
                Some(role) => {
                    self.warn_of_another(role);
                    continue;
                }
            };
            self.report(name, mistake);
        }
    }

    /// Checks that second factors are not kept in columns too, and not given up.
    fn second_factor_has_one_place(&self, name: &Ident) {
        let user = self.raw.ident;
        let column = Logical::TOTP.into_iter().find_map(|role| self.with_role(role));
        if let Some(column) = column {
            self.report(name, messages::two_places(user, &column.name()));
        } else if self.gives_up(SECOND_FACTOR) {
            self.report(name, messages::beside_but_given_up(name));
        }
    }

    /// Whether second factors are kept in a table of crudauth's own.
    pub(super) fn second_factor_beside(&self) -> bool {
        self.raw.beside.iter().any(|name| name.unraw() == SECOND_FACTOR)
    }

    /// A field whose name says that it is the logical field is none where crudauth keeps that.
    fn warn_of_another(&self, role: Logical) {
        let mut unmarked = self.fields.iter().filter(|field| field.role.is_none());
        let is_near = |field: &&Field<'_>| Logical::from_other_name(&field.name()) == Some(role);
        let opposite = || self.speaks_against(role).map(|(field, _)| field);
        if let Some(field) = unmarked.find(is_near).or_else(opposite) {
            self.diagnostics.warn(field.ident, messages::not_asked(&field.name(), role));
        }
    }

    /// The fields that are kept beside the table.
    pub(super) fn all_beside(&self) -> Vec<Logical> {
        Logical::ALL.iter().copied().filter(|role| self.keeps_beside(*role)).collect()
    }

    pub(super) fn keeps_beside(&self, role: Logical) -> bool {
        let is_it = |name: &Ident| name.unraw() == role.name();
        role.is(Property::Beside) && self.raw.beside.iter().any(is_it)
    }

    /// Checks that logical fields that need each other are all there.
    pub(super) fn complete_sets(&self) {
        self.complete(&[Logical::GoogleId, Logical::GithubId], &[Logical::OauthProvider]);
        if !self.second_factor_beside() {
            self.complete(&Logical::TOTP, &Logical::TOTP);
        }
    }

    /// The first field that is one of `members` needs all `partners`.
    fn complete(&self, members: &[Logical], partners: &[Logical]) {
        let mut present = self.fields.iter().filter_map(|field| {
            field.role.filter(|role| members.contains(role)).map(|role| (field, role))
        });
        let Some((field, role)) = present.next() else { return };
        let absent: Vec<_> =
            partners.iter().copied().filter(|partner| self.lacks(*partner)).collect();
        if !absent.is_empty() {
            self.report(field.ident, messages::needs_partners(role, &absent));
        }
    }
}
