//! What users log in by, and how an account is recovered.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Check;
use crate::logical::{Factor, Logical, Property};
use crate::messages;
use crate::model::Field;
use crate::types::{Known, is_never_text, is_option, known, spell, without_option};

impl<'a> Check<'_, 'a> {
    /// Marks the fields that users log in by.
    pub(super) fn login(&mut self) {
        let indexes: Vec<_> = match &self.raw.login {
            Some(listed) => listed.iter().filter_map(|name| self.login_by(name)).collect(),
            None => self.usual_login(),
        };
        for (position, index) in indexes.into_iter().enumerate() {
            self.fields[index].login = Some(position);
        }
    }

    fn usual_login(&self) -> Vec<usize> {
        let (optional, usable): (Vec<_>, Vec<_>) = [Logical::Email, Logical::Username]
            .into_iter()
            .filter_map(|role| self.with_role(role))
            .partition(|field| is_option(field.ty));
        let usable: Vec<_> = usable.into_iter().map(|field| field.index).collect();
        if !usable.is_empty() || self.uncertain {
            return usable;
        }
        match optional.first() {
            Some(field) => {
                let name = field.role.map_or("", Logical::name);
                self.report(field.ty, messages::login_by_optional(name));
            }
            None => {
                let meant = self.fields.iter().find_map(|field| {
                    let name = field.name();
                    let role = Logical::from_other_name(&name)?;
                    role.is(Property::Identifies).then_some((name, role))
                });
                self.report(self.raw.ident, messages::no_login(self.raw.ident, meant));
            }
        }
        usable
    }

    /// The field that `login(..)` means by `name`: a logical field first, else one so called.
    fn login_by(&self, name: &Ident) -> Option<usize> {
        let spoken = name.unraw().to_string();
        let by_role = Logical::from_name(&spoken).and_then(|role| self.with_role(role));
        let Some(field) = by_role.or_else(|| self.named(&spoken)) else {
            if !self.uncertain {
                let usable = self.usable_for_login();
                self.report(name, messages::login_by_nothing(self.raw.ident, name, &usable));
            }
            return None;
        };
        let ty = field.ty;
        let refusal = match field.role {
            Some(role) if !role.is(Property::Identifies) => messages::login_by_anything(name),
            Some(role) if by_role.is_none() => messages::login_by_field_name(name, role),
            None if is_never_text(without_option(ty)) => messages::login_by_anything(name),
            _ => return Some(field.index),
        };
        self.report(name, refusal);
        None
    }

    fn usable_for_login(&self) -> Vec<String> {
        let usable = self.fields.iter().filter_map(|field| match field.role {
            Some(role) => role.is(Property::Identifies).then(|| role.name().to_owned()),
            None => (known(without_option(field.ty)) == Some(Known::Text)).then(|| field.name()),
        });
        usable.collect()
    }

    /// The factor by which an account is recovered; marks its field.
    pub(super) fn recovery(&mut self) -> Option<Factor> {
        let (factor, field) = self.recovery_by()?;
        if let Some(index) = field {
            self.fields[index].factor = true;
        }
        Some(factor)
    }

    /// The factor, and which field holds it.
    fn recovery_by(&self) -> Option<(Factor, Option<usize>)> {
        let Some(listed) = &self.raw.recovery else {
            if !self.has(Logical::EmailVerified) {
                return None;
            }
            return Some((Factor::Email, Some(self.with_role(Logical::Email)?.index)));
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
            Factor::Email => self.with_role(Logical::Email),
            Factor::Phone => self.named(factor.name()),
        };
        match field {
            None if !self.uncertain => {
                self.report(name, messages::recovery_by_nothing(self.raw.ident, factor));
            }
            // The role of an e-mail address has already reported its type.
            Some(Field { role: None, ty, .. }) if is_never_text(without_option(ty)) => {
                self.report(ty, messages::recovery_by_no_text(factor, &spell(ty)));
            }
            _ if self.lacks(factor.verified()) => {
                self.report(name, messages::unverified_recovery(factor, factor.verified()));
            }
            _ => {}
        }
        Some((factor, field.map(|field| field.index)))
    }
}
