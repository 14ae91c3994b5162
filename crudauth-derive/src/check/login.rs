//! What users log in by, and how an account is recovered.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::{Check, Subject};
use crate::logical::{Factor, Logical, Property};
use crate::messages;
use crate::types::{Known, is_never_text, is_option, known, spell, without_option};

impl<'r, 'a> Check<'r, 'a> {
    /// Marks the fields that users log in by.
    pub(super) fn login(&self) {
        let fields: Vec<_> = match &self.raw.login {
            Some(listed) => listed.iter().filter_map(|name| self.login_by(name)).collect(),
            None => self.usual_login(),
        };
        for (place, field) in fields.into_iter().enumerate() {
            field.login.set(Some(place));
        }
    }

    fn usual_login(&self) -> Vec<&Subject<'r, 'a>> {
        let (optional, usable): (Vec<_>, Vec<_>) = [Logical::Email, Logical::Username]
            .into_iter()
            .filter_map(|role| self.playing(role))
            .partition(|subject| is_option(subject.written.ty));
        if !usable.is_empty() || self.uncertain {
            return usable;
        }
        match optional.first() {
            Some(subject) => {
                let name = subject.role.map_or("", Logical::name);
                self.report(subject.written.ty, messages::login_by_optional(name));
            }
            None => {
                let meant = self.subjects.iter().find_map(|subject| {
                    let name = subject.written.name();
                    let role = Logical::from_other_name(&name)?;
                    role.is(Property::Identifies).then_some((name, role))
                });
                self.report(self.raw.ident, messages::no_login(self.raw.ident, meant));
            }
        }
        usable
    }

    /// The field that `login(..)` means by `name`: a logical field first, else one so called.
    fn login_by(&self, name: &Ident) -> Option<&Subject<'r, 'a>> {
        let spoken = name.unraw().to_string();
        let by_role = Logical::from_name(&spoken).and_then(|role| self.playing(role));
        let Some(subject) = by_role.or_else(|| self.named(&spoken)) else {
            if !self.uncertain {
                let usable = self.usable_for_login();
                self.report(name, messages::login_by_nothing(self.raw.ident, name, &usable));
            }
            return None;
        };
        let ty = subject.written.ty;
        let refusal = match subject.role {
            Some(role) if !role.is(Property::Identifies) => messages::login_by_anything(name),
            Some(role) if by_role.is_none() => messages::login_by_field_name(name, role),
            None if is_never_text(ty) => messages::login_by_anything(name),
            _ if is_option(ty) => {
                self.report(ty, messages::login_by_optional(&spoken));
                return None;
            }
            _ => return Some(subject),
        };
        self.report(name, refusal);
        None
    }

    fn usable_for_login(&self) -> Vec<String> {
        let present = self.subjects.iter().filter(|subject| !is_option(subject.written.ty));
        let usable = present.filter_map(|subject| match subject.role {
            Some(role) => role.is(Property::Identifies).then(|| role.name().to_owned()),
            None => {
                (known(subject.written.ty) == Some(Known::Text)).then(|| subject.written.name())
            }
        });
        usable.collect()
    }

    /// The factor by which an account is recovered; marks its field.
    pub(super) fn recovery(&self) -> Option<Factor> {
        let Some(listed) = &self.raw.recovery else {
            self.playing(Logical::EmailVerified)?;
            self.playing(Logical::Email)?.factor.set(true);
            return Some(Factor::Email);
        };
        if let [_, second, ..] = listed.as_slice() {
            self.report(second, messages::two_factors());
            return None;
        }
        let name = listed.first()?;
        let factor = match name.unraw().to_string().as_str() {
            "none" => return None,
            "email" => Factor::Email,
            "phone" => Factor::Phone,
            _ => {
                self.report(name, messages::unknown_factor(name));
                return None;
            }
        };
        let field = match factor {
            Factor::Email => self.playing(Logical::Email),
            Factor::Phone => self.named(factor.name()),
        };
        if let Some(field) = field {
            field.factor.set(true);
        }
        match field {
            None if !self.uncertain => {
                self.report(name, messages::recovery_by_nothing(self.raw.ident, factor));
            }
            // The role of an e-mail address has already reported its type.
            Some(field)
                if field.role.is_none() && is_never_text(without_option(field.written.ty)) =>
            {
                let ty = field.written.ty;
                self.report(ty, messages::recovery_by_no_text(factor, &spell(ty)));
            }
            _ if self.lacks(factor.verified()) => {
                self.report(name, messages::unverified_recovery(factor));
            }
            _ => {}
        }
        Some(factor)
    }
}
