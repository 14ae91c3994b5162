//! What the column of a flag must hold for the flag to be true.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::Check;
use crate::logical::{Kind, Logical};
use crate::messages;
use crate::model::{Field, When, closes_the_account};
use crate::names::{is_deletion, is_opposite, is_same};
use crate::syntax;
use crate::types::{Known, is_option, known, spell, without_option};

/// Whether a field can be one of several that make the flag together: it only speaks against it.
pub(super) fn may_share(role: Logical, field: &syntax::Field<'_>) -> bool {
    let said = field.when.as_ref().and_then(|when| when.value.first());
    role == Logical::IsActive
        && said.and_then(|word| When::from_name(&word.to_string())).is_some_and(When::is_inverted)
}

impl Check<'_, '_> {
    /// What the column of a flag must hold. Of the mistakes in it, the first is reported.
    pub(super) fn when(
        &self,
        field: &syntax::Field<'_>,
        column: &Ident,
        role: Option<Logical>,
    ) -> Option<When> {
        let Some(flag) = role.filter(|role| role.kind() == Kind::Flag) else {
            // A `logical` that could not be read is a mistake of its own.
            if let Some(given) =
                field.when.as_ref().filter(|_| role.is_some() == field.logical.is_some())
            {
                self.report(&given.key, messages::when_of_no_flag(&field.name()));
            }
            return None;
        };
        let when = match &field.when {
            Some(given) => self.said(&given.value).filter(|when| self.fits(field, flag, *when)),
            None => self.usual(field, flag),
        };
        if let Some(when) = when {
            self.not_opposite(field, column, flag, when);
        }
        Some(when.unwrap_or(When::True))
    }

    /// What the words of `when(..)` say.
    fn said(&self, words: &[Ident]) -> Option<When> {
        let when = match words {
            [] => return None,
            [word] => When::from_name(&word.unraw().to_string()),
            [_, second, ..] => {
                self.report(second, messages::two_whens());
                return None;
            }
        };
        if when.is_none() {
            self.report(&words[0], messages::unknown_when(&words[0]));
        }
        when
    }

    /// Whether the type can hold what is said, as far as its name tells. The compiler refuses the
    /// others.
    fn fits(&self, field: &syntax::Field<'_>, flag: Logical, when: When) -> bool {
        let (ty, spelled) = (field.ty, spell(field.ty));
        let (optional, kind) = (is_option(ty), known(without_option(ty)));
        let never_a_moment =
            matches!(kind, Some(Known::Bool | Known::Text | Known::Bytes | Known::SmallNumber));
        let mistake = if when.is_of_a_moment() && (never_a_moment || !optional && kind.is_some()) {
            messages::not_a_moment(when, &spelled, !optional && kind == Some(Known::Bool))
        } else if when == When::Past && flag != Logical::IsActive {
            messages::compared_with_the_clock(flag)
        } else if !when.is_of_a_moment() && optional && kind.is_none() {
            messages::optional_value(when, &field.name())
        } else if !when.is_of_a_moment() && (optional || !may_hold_a_flag(kind)) {
            messages::wrong_type(flag, &spelled)
        } else {
            return true;
        };
        self.report(ty, mistake);
        false
    }

    /// What a flag is by default.
    fn usual(&self, field: &syntax::Field<'_>, flag: Logical) -> Option<When> {
        let (optional, kind) = (is_option(field.ty), known(without_option(field.ty)));
        if optional && kind.is_none() {
            if flag != Logical::IsActive {
                return Some(When::NotNull);
            }
            let advice = inverted(field);
            self.report(field.ty, messages::ambiguous_moment(&field.name(), advice));
        } else if optional || !may_hold_a_flag(kind) {
            self.report(field.ty, messages::wrong_type(flag, &spell(field.ty)));
        } else {
            return Some(When::True);
        }
        None
    }

    /// Checks by its name that a flag does not hold its opposite. The error is at the name: at
    /// `logical`, at `column`, or at Diesel's own `column_name`; or at `when`.
    fn not_opposite(&self, field: &syntax::Field<'_>, column: &Ident, flag: Logical, when: When) {
        let (name, column_name) = (field.name(), column.unraw().to_string());
        let named = if field.logical.is_some() { &name } else { &column_name };
        if when.is_inverted() {
            if let Some(given) = field.when.as_ref().filter(|_| is_same(flag, named)) {
                self.report(&given.key, messages::inverted_twice(flag, when, named));
            }
        } else if is_opposite(flag, &name) && field.logical.is_some() {
            let at = field.logical.as_ref().map(|declared| &declared.value);
            self.report(at, messages::opposite(flag, &name, inverted(field)));
        } else if is_opposite(flag, &column_name) {
            self.report(column, messages::opposite(flag, &column_name, inverted(field)));
        }
    }

    /// Checks the flags that several fields make together.
    pub(super) fn flags(&self) {
        let Some(written) = closes_the_account(&self.fields) else { return };
        let other = self.fields.iter().find(|other| {
            other.role == written.role
                && other.index != written.index
                && other.when != Some(When::Past)
                && !is_deletion(&other.name())
        });
        if let Some(other) = other.filter(|_| is_deletion(&written.name())) {
            let message = messages::closes_by_deletion(&written.name(), &other.name());
            self.report(written.ident, message);
        }
    }

    /// A field that probably says whether an account is active, as its name says the opposite; and
    /// what to write for it.
    pub(super) fn speaks_against(&self, role: Logical) -> Option<(&Field<'_>, When)> {
        let mut unmarked = self
            .fields
            .iter()
            .filter(|field| field.role.is_none() && field.written.soft_delete.is_none());
        let field = unmarked.find(|field| is_opposite(role, &field.name()))?;
        Some((field, inverted(field.written)))
    }
}

/// What to say of a field that says the opposite of its flag.
fn inverted(field: &syntax::Field<'_>) -> When {
    match is_option(field.ty) {
        true if field.name().ends_with("_until") => When::Past,
        true => When::Null,
        false => When::False,
    }
}

fn may_hold_a_flag(kind: Option<Known>) -> bool {
    matches!(kind, None | Some(Known::Bool | Known::SmallNumber))
}
