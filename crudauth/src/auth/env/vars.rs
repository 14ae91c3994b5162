//! Reading variables, strictly, and noting every mistake.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::error::{EnvError, EnvMistake};
use super::links::is_service_link;
use super::names::{REFUSED, Variable, is_known, is_ours, meant_by};

/// The variables that are given, and what is wrong with them so far.
pub(super) struct Vars {
    given: BTreeMap<String, OsString>,
    mistakes: Vec<EnvMistake>,
}

impl Vars {
    pub(super) fn of<K: Into<OsString>, V: Into<OsString>>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let named = |(name, value): (K, V)| {
            let (name, value): (_, OsString) = (name.into().into_string().ok()?, value.into());
            let is_link = value.to_str().is_some_and(|value| is_service_link(&name, value));
            (!is_link).then_some((name, value))
        };
        Self { given: vars.into_iter().filter_map(named).collect(), mistakes: Vec::new() }
    }

    pub(super) fn mistake(&mut self, variable: &Variable, text: impl Into<String>) {
        self.mistake_at(variable.name, text);
    }

    fn mistake_at(&mut self, name: &str, text: impl Into<String>) {
        self.mistakes.push(EnvMistake { variable: name.to_owned(), text: text.into() });
    }

    pub(super) fn has_mistakes(&self) -> bool {
        !self.mistakes.is_empty()
    }

    /// The mistakes since there were `before`, which count no more.
    #[cfg(feature = "oauth")]
    pub(super) fn take_mistakes(&mut self, before: usize) -> Vec<EnvMistake> {
        self.mistakes.split_off(before)
    }

    #[cfg(feature = "oauth")]
    pub(super) fn add_mistakes(&mut self, more: Vec<EnvMistake>) {
        self.mistakes.extend(more);
    }

    #[cfg(feature = "oauth")]
    pub(super) fn mistakes(&self) -> usize {
        self.mistakes.len()
    }

    /// Whether `variable` is set, in whichever way.
    #[cfg(feature = "oauth")]
    pub(super) fn is_set(&self, variable: &Variable) -> bool {
        let file = variable.is_secret.then(|| format!("{}_FILE", variable.name));
        self.given.contains_key(variable.name)
            || variable.alias.is_some_and(|alias| self.given.contains_key(alias))
            || file.is_some_and(|file| self.given.contains_key(&file))
    }

    pub(super) fn into_error(self) -> EnvError {
        EnvError { mistakes: self.mistakes }
    }

    /// Notes names that look like ours and are not.
    pub(super) fn refuse_unknown(&mut self) {
        let names: Vec<_> = self.given.keys().cloned().collect();
        for name in names {
            let refused = REFUSED.iter().find(|(refused, _)| *refused == name);
            if let Some((_, instead)) = refused {
                self.mistake_at(&name, format!(" {instead}"));
            } else if is_ours(&name) && !is_known(&name) {
                let text = match meant_by(&name) {
                    Some(meant) => format!(" is unknown: did you mean `{meant}`?"),
                    None => " is unknown: remove it, or see the table at `CrudAuth::from_env`"
                        .to_owned(),
                };
                self.mistake_at(&name, text);
            }
        }
    }

    /// The value of `variable`: `None` after a mistake, `Some(None)` where it is not set.
    #[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
    pub(super) fn optional(&mut self, variable: &Variable) -> Option<Option<String>> {
        let Some((name, value)) = self.find(variable)? else { return Some(None) };
        // The page that the names come from has comments behind values.
        let uncommented = value.split_once(" #").map_or(value.as_str(), |(value, _)| value);
        let value = uncommented.trim();
        if value.is_empty() {
            self.mistake_at(name, " is set to nothing: give it a value, or do not set it");
            return None;
        }
        Some(Some(value.to_owned()))
    }

    /// As [`optional`](Self::optional), of a variable that must be set.
    pub(super) fn required(&mut self, variable: &Variable) -> Option<String> {
        let value = self.optional(variable)?;
        if value.is_none() {
            self.missing(variable);
        }
        value
    }

    /// A secret, from the variable or from the file that `{name}_FILE` names.
    #[cfg(any(feature = "smtp", feature = "oauth"))]
    #[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
    pub(super) fn secret(&mut self, variable: &Variable) -> Option<Option<Zeroizing<String>>> {
        let text = self.key(variable)?;
        Some(text.map(|text| Zeroizing::new(text.trim().to_owned())))
    }

    /// As [`secret`](Self::secret), as it stands there, but for the end of the line in a file: what
    /// stands around a key belongs to it for other readers of the variable, and not for us.
    #[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
    pub(super) fn key(&mut self, variable: &Variable) -> Option<Option<Zeroizing<String>>> {
        let file = format!("{}_FILE", variable.name);
        let direct = self.find(variable);
        let Some(path) = self.given.get(&file).cloned() else {
            let Some((name, value)) = direct? else { return Some(None) };
            return self.secret_text(name, &value).map(Some);
        };
        if direct?.is_some() {
            let text = format!(" is set, and so is `{}`: set one of the two", variable.name);
            self.mistake_at(&file, text);
            return None;
        }
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                self.secret_text(&file, text.trim_end_matches(['\r', '\n'])).map(Some)
            }
            Err(error) => {
                self.mistake_at(&file, format!(" names a file that cannot be read: {error}"));
                None
            }
        }
    }

    /// As [`secret`](Self::secret), of a variable that must be set.
    pub(super) fn required_secret(&mut self, variable: &Variable) -> Option<Zeroizing<String>> {
        let value = self.required_key(variable)?;
        Some(Zeroizing::new(value.trim().to_owned()))
    }

    /// As [`key`](Self::key), of a variable that must be set.
    pub(super) fn required_key(&mut self, variable: &Variable) -> Option<Zeroizing<String>> {
        let value = self.key(variable)?;
        if value.is_none() {
            self.missing(variable);
        }
        value
    }

    /// A whole number within `range`, in digits alone.
    #[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
    pub(super) fn number(
        &mut self,
        variable: &Variable,
        range: RangeInclusive<u64>,
    ) -> Option<Option<u64>> {
        let Some(text) = self.optional(variable)? else { return Some(None) };
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| is_digits && range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.mistake(
                variable,
                format!(" is `{text}`, and must be a whole number from {least} to {most}"),
            );
            return None;
        }
        Some(number)
    }

    /// What stands between commas; nothing where it is not set.
    pub(super) fn list(&mut self, variable: &Variable) -> Option<Vec<String>> {
        let Some(text) = self.optional(variable)? else { return Some(Vec::new()) };
        let items: Vec<_> = text.split(',').map(|item| item.trim().to_owned()).collect();
        if items.iter().any(String::is_empty) {
            self.mistake(variable, " has a comma too many");
            return None;
        }
        Some(items)
    }

    /// `true` or `false`, in letters of any case. Not set is `false`.
    pub(super) fn choice(&mut self, variable: &Variable) -> Option<Option<bool>> {
        let Some(text) = self.optional(variable)? else { return Some(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(Some(true)),
            "false" => Some(Some(false)),
            _ => {
                self.mistake(variable, format!(" is `{text}`, and must be `true` or `false`"));
                None
            }
        }
    }

    fn missing(&mut self, variable: &Variable) {
        let hint = match (variable.alias, variable.example) {
            (Some(alias), "") => format!(" is missing: set it, or `{alias}`"),
            (_, "") => " is missing: set it".to_owned(),
            (_, example) => format!(" is missing: set it, as in `{example}`"),
        };
        let slip = self.given.keys().find(|name| {
            !is_known(name) && !is_ours(name) && meant_by(name).as_deref() == Some(variable.name)
        });
        let hint = match slip {
            Some(slip) => format!("{hint}; is `{slip}`, which is set, meant to be it?"),
            None => hint,
        };
        self.mistake(variable, hint);
    }

    fn secret_text(&mut self, name: &str, text: &str) -> Option<Zeroizing<String>> {
        if text.trim().is_empty() {
            self.mistake_at(name, " is empty: give it a value, or do not set it");
            return None;
        }
        Some(Zeroizing::new(text.to_owned()))
    }

    /// The variable under whichever of its names it is set, with that name.
    #[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
    fn find(&mut self, variable: &Variable) -> Option<Option<(&'static str, Zeroizing<String>)>> {
        let names = [Some(variable.name), variable.alias];
        let mut found: Option<(&'static str, Zeroizing<String>)> = None;
        for name in names.into_iter().flatten() {
            let Some(value) = self.given.get(name) else { continue };
            let Some(value) = value.to_str() else {
                self.mistake_at(name, " is no UTF-8 text");
                return None;
            };
            let value = Zeroizing::new(value.to_owned());
            match &found {
                Some((_, first)) if *first != value => {
                    let text =
                        format!(" and its other name `{name}` have different values: set one");
                    self.mistake(variable, text);
                    return None;
                }
                Some(_) => {}
                None => found = Some((name, value)),
            }
        }
        Some(found)
    }
}
