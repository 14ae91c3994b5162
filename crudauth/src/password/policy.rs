//! Which passwords are accepted at sign-up, change and reset.

use std::fmt;
use std::sync::Arc;

use super::Password;
use super::breach::{BreachCheck, Screened};
use super::common::is_common;

/// A rule of the application's own: `Err` holds the text that the person is shown.
pub type PasswordValidator =
    Arc<dyn Fn(&Password, &PasswordContext<'_>) -> Result<(), String> + Send + Sync>;

/// The user whose password is checked, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// The user name.
    pub username: Option<&'a str>,
    /// The e-mail address.
    pub email: Option<&'a str>,
}

impl PasswordContext<'_> {
    /// Whether `text` is the user name, the address, or the part of it before the `@`, in any case.
    fn names(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        let local = self.email.and_then(|email| email.rsplit_once('@')).map(|(local, _)| local);
        let known = [self.username, self.email, local];
        !text.is_empty() && known.into_iter().flatten().any(|name| name.to_lowercase() == text)
    }
}

/// Called when a breach check has no answer.
type OnOutage = Arc<dyn Fn(bool) + Send + Sync>;

/// What a new password must be like.
///
/// By default: 8 to 1024 characters, none of the 8,000 most common passwords, not the user's own
/// name or address, no rule about kinds of characters. [`nist`](Self::nist) asks for 15. Characters
/// are Unicode code points of the NFC form. A password with a NUL character is refused by every
/// policy.
///
/// ```
/// use crudauth::password::{Password, PasswordContext, PasswordPolicy};
///
/// let policy = PasswordPolicy::default().min_length(10).validator(|password, _| {
///     if password.expose().to_lowercase().contains("acme") {
///         return Err("Password should not contain the name of the service".to_owned());
///     }
///     Ok(())
/// });
///
/// let ada = PasswordContext { username: Some("ada.lovelace"), ..Default::default() };
/// assert!(policy.check(&Password::new("analytical engine"), &ada).is_ok());
///
/// let unmet = policy.check(&Password::new("acme engines"), &ada).unwrap_err();
/// assert_eq!(unmet[0].to_string(), "Password should not contain the name of the service");
///
/// let unmet = policy.check(&Password::new("password"), &ada).unwrap_err();
/// assert_eq!(unmet[0].to_string(), "Password should have at least 10 characters");
/// assert_eq!(unmet.len(), 2);
/// ```
#[derive(Clone)]
pub struct PasswordPolicy {
    min_length: usize,
    max_length: usize,
    required: Vec<CharacterClass>,
    refuse_common: bool,
    validators: Vec<PasswordValidator>,
    breaches: Option<BreachCheck>,
    /// Called when the breach check has no answer, with whether the password is let through.
    on_outage: Option<OnOutage>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 1024,
            required: Vec::new(),
            refuse_common: true,
            validators: Vec::new(),
            breaches: None,
            on_outage: None,
        }
    }
}

impl PasswordPolicy {
    /// The policy of NIST SP 800-63B-4 §3.1.1.2 for a password that is the only factor: at least 15
    /// characters, no rule about their kinds, none of the common passwords.
    #[must_use]
    pub fn nist() -> Self {
        Self::default().min_length(15)
    }

    /// The least length in characters. Default: 8, which is also the least that NIST and OWASP
    /// allow.
    #[must_use]
    pub fn min_length(self, characters: usize) -> Self {
        Self { min_length: characters, ..self }
    }

    /// The greatest length in characters. Default: 1024. NIST and OWASP ask for 64 or more.
    #[must_use]
    pub fn max_length(self, characters: usize) -> Self {
        Self { max_length: characters, ..self }
    }

    /// Asks for at least one character of `class`. Default: none is asked for. NIST and OWASP
    /// advise against such rules.
    #[must_use]
    pub fn require(mut self, class: CharacterClass) -> Self {
        if !self.required.contains(&class) {
            self.required.push(class);
        }
        self
    }

    /// Accepts the passwords that are guessed first: those of a list, blanks, and
    /// the user's own name or address. NIST and OWASP require that they are refused.
    #[must_use]
    pub fn allow_common_passwords(self) -> Self {
        Self { refuse_common: false, ..self }
    }

    /// Adds a rule of your own. Validators run in the order in which they were added, after the
    /// built-in rules are met, and stop at the first that refuses.
    ///
    /// They run on an async thread at each sign-up and change, so they must be quick and not block.
    #[must_use]
    pub fn validator<F>(mut self, validator: F) -> Self
    where
        F: Fn(&Password, &PasswordContext<'_>) -> Result<(), String> + Send + Sync + 'static,
    {
        self.validators.push(Arc::new(validator));
        self
    }

    /// Refuses passwords that are known from data breaches; see [`breach`](super::breach).
    /// Default: none is asked about.
    #[must_use]
    pub fn breach_check(self, check: BreachCheck) -> Self {
        Self { breaches: Some(check), ..self }
    }

    /// Calls `hears` for each password for which the breach check has no answer, with whether it is
    /// let through.
    pub(crate) fn on_outage(self, hears: impl Fn(bool) + Send + Sync + 'static) -> Self {
        Self { on_outage: Some(Arc::new(hears)), ..self }
    }

    /// Checks the policy itself, at start-up.
    ///
    /// # Errors
    ///
    /// [`UnsatisfiablePolicy`] if the least length is above the greatest or either is zero, or if
    /// the breach check has no time for an answer.
    pub fn ensure_satisfiable(&self) -> Result<(), UnsatisfiablePolicy> {
        self.mistakes().next().map_or(Ok(()), Err)
    }

    /// What keeps every password from meeting the policy.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = UnsatisfiablePolicy> {
        let (min, max) = (self.min_length, self.max_length);
        let lengths = match min {
            0 => Some(Unsatisfiable::Empty),
            _ => (min > max).then_some(Unsatisfiable::Lengths { min, max }),
        };
        let breaches = self.breaches.as_ref().map(BreachCheck::check);
        let breaches = breaches.and_then(Result::err).map(Unsatisfiable::Breaches);
        lengths.into_iter().chain(breaches).map(UnsatisfiablePolicy)
    }

    /// Checks a new password by the rules, and if they are met by the
    /// [breach check](Self::breach_check).
    ///
    /// # Errors
    ///
    /// [`PasswordRefusal::Unmet`] with the rules that are unmet; [`PasswordRefusal::Unscreened`] if
    /// a breach check that fails closed has no answer.
    pub async fn admit(
        &self,
        password: &Password,
        context: &PasswordContext<'_>,
    ) -> Result<(), PasswordRefusal> {
        self.check(password, context).map_err(PasswordRefusal::Unmet)?;
        self.screen(password).await
    }

    /// The breach check alone, for a password that has passed [`check`](Self::check).
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit).
    pub async fn screen(&self, password: &Password) -> Result<(), PasswordRefusal> {
        let Some(breaches) = &self.breaches else { return Ok(()) };
        match breaches.screen(password).await {
            Screened::Clean => Ok(()),
            Screened::Breached => Err(PasswordRefusal::Unmet(vec![PasswordRule::Breached])),
            Screened::Unknown { let_through } => {
                if let Some(tell) = &self.on_outage {
                    tell(let_through);
                }
                if let_through { Ok(()) } else { Err(PasswordRefusal::Unscreened) }
            }
        }
    }

    /// Checks a new password by the rules alone, without the breach check.
    ///
    /// # Errors
    ///
    /// All the built-in rules that are unmet; if none is, the first validator that refuses.
    pub fn check(
        &self,
        password: &Password,
        context: &PasswordContext<'_>,
    ) -> Result<(), Vec<PasswordRule>> {
        let unmet = self.unmet_rules(password.expose(), context);
        if !unmet.is_empty() {
            return Err(unmet);
        }
        self.validators
            .iter()
            .try_for_each(|validator| validator(password, context))
            .map_err(|message| vec![PasswordRule::Refused(message)])
    }

    fn unmet_rules(&self, text: &str, whose: &PasswordContext<'_>) -> Vec<PasswordRule> {
        let length = text.chars().count();
        let mut unmet = Vec::new();
        if length < self.min_length {
            unmet.push(PasswordRule::TooShort { min_length: self.min_length });
        }
        if length > self.max_length {
            unmet.push(PasswordRule::TooLong { max_length: self.max_length });
        }
        let lacking = self.required.iter().filter(|class| !text.chars().any(|c| class.contains(c)));
        unmet.extend(lacking.copied().map(PasswordRule::Lacks));
        if text.contains('\0') {
            unmet.push(PasswordRule::ContainsNul);
        }
        if self.refuse_common && (is_common(text) || is_blank(text) || whose.names(text)) {
            unmet.push(PasswordRule::Common);
        }
        unmet
    }
}

fn is_blank(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_whitespace)
}

impl fmt::Debug for PasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordPolicy")
            .field("min_length", &self.min_length)
            .field("max_length", &self.max_length)
            .field("required", &self.required)
            .field("refuse_common", &self.refuse_common)
            .field("validators", &self.validators.len())
            .field("breaches", &self.breaches)
            .finish()
    }
}

/// A kind of character that a [`PasswordPolicy`] can ask for, by its Unicode properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CharacterClass {
    /// An upper-case letter.
    Uppercase,
    /// A lower-case letter.
    Lowercase,
    /// A digit.
    Digit,
    /// Neither a letter nor a number: punctuation, a symbol, a space.
    Special,
}

impl CharacterClass {
    fn contains(self, character: char) -> bool {
        match self {
            Self::Uppercase => character.is_uppercase(),
            Self::Lowercase => character.is_lowercase(),
            Self::Digit => character.is_numeric(),
            Self::Special => !character.is_alphanumeric() && !character.is_control(),
        }
    }
}

/// A rule that a password does not meet, which `Display` tells to people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordRule {
    /// It has fewer characters than the policy asks for.
    TooShort {
        /// The least length in characters.
        min_length: usize,
    },
    /// It has more characters than the policy allows.
    TooLong {
        /// The greatest length in characters.
        max_length: usize,
    },
    /// It has no character of a kind that the policy asks for.
    Lacks(CharacterClass),
    /// It is one of the passwords that are guessed first.
    Common,
    /// It is known from a data breach.
    Breached,
    /// It contains a NUL character, where other software may think that it ends.
    ContainsNul,
    /// A validator of the application refused it, with this text.
    Refused(String),
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort { min_length } => {
                return write!(f, "Password should have at least {}", characters(*min_length));
            }
            Self::TooLong { max_length } => {
                return write!(f, "Password should have at most {}", characters(*max_length));
            }
            Self::Refused(message) => message,
            Self::Lacks(CharacterClass::Uppercase) => "Password should contain an uppercase letter",
            Self::Lacks(CharacterClass::Lowercase) => "Password should contain a lowercase letter",
            Self::Lacks(CharacterClass::Digit) => "Password should contain a digit",
            Self::Lacks(CharacterClass::Special) => "Password should contain a special character",
            Self::Common => {
                "Password is one of the most common ones and easily guessed; choose another"
            }
            Self::Breached => "Password is known from a data breach; choose another",
            Self::ContainsNul => "Password should not contain a NUL character",
        })
    }
}

fn characters(count: usize) -> String {
    format!("{count} character{}", if count == 1 { "" } else { "s" })
}

/// Why [`PasswordPolicy::admit`] does not take a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordRefusal {
    /// These rules are unmet.
    Unmet(Vec<PasswordRule>),
    /// Whether it is known from a data breach could not be found out, and the check fails closed.
    Unscreened,
}

/// A [`PasswordPolicy`] that cannot be meant. The text says the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct UnsatisfiablePolicy(Unsatisfiable);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Unsatisfiable {
    #[error(
        "a policy of min_length(0) accepts the empty password: give it a min_length of at least 1"
    )]
    Empty,
    #[error(
        "no password meets a policy of min_length({min}) and max_length({max}): give it a \
         max_length of at least {min}"
    )]
    Lengths { min: usize, max: usize },
    #[error("{0}")]
    Breaches(&'static str),
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn check(policy: &PasswordPolicy, text: &str) -> Vec<PasswordRule> {
        policy.check(&Password::new(text), &PasswordContext::default()).err().unwrap_or_default()
    }

    #[test]
    fn the_default_counts_code_points() {
        let policy = PasswordPolicy::default();
        assert_eq!(check(&policy, "zq7 zq7 "), []);
        assert_eq!(check(&policy, "zq7 zq7"), [PasswordRule::TooShort { min_length: 8 }]);
        assert_eq!(check(&policy, &"\u{1f980}".repeat(8)), []);
        // Eight letters with an accent each are eight, also when they are typed as sixteen.
        assert_eq!(check(&policy, &"e\u{301}".repeat(8)), []);
        assert_eq!(
            check(&policy, &"e\u{301}".repeat(7)),
            [PasswordRule::TooShort { min_length: 8 }]
        );
        assert_eq!(check(&policy, &"\u{1f980}".repeat(1024)), []);
        assert_eq!(
            check(&policy, &"\u{1f980}".repeat(1025)),
            [PasswordRule::TooLong { max_length: 1024 }]
        );
    }

    #[test]
    fn the_users_own_name_and_address_are_refused() {
        let ada = PasswordContext {
            username: Some("ada-lovelace"),
            email: Some("ada.l.1815@example.com"),
        };
        let (policy, common) = (PasswordPolicy::default(), [PasswordRule::Common]);
        let check = |policy: &PasswordPolicy, text| policy.check(&Password::new(text), &ada);
        for text in ["ada-lovelace", "ADA-Lovelace", " ada-lovelace ", "ada.l.1815@EXAMPLE.com"] {
            assert_eq!(check(&policy, text), Err(common.to_vec()), "{text}");
        }
        for text in [
            "ada.l.1815",
            "        ",
            "\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}",
        ] {
            assert_eq!(check(&policy, text), Err(common.to_vec()), "{text:?}");
        }
        assert_eq!(check(&policy, "ada-lovelace-1815"), Ok(()));
        assert_eq!(check(&policy.allow_common_passwords(), "ada-lovelace"), Ok(()));
    }

    #[test]
    fn nist_asks_for_fifteen() {
        assert_eq!(check(&PasswordPolicy::nist(), "zq7 zq7 zq7 zq7"), []);
        assert_eq!(
            check(&PasswordPolicy::nist(), "zq7 zq7 zq7 zq"),
            [PasswordRule::TooShort { min_length: 15 }]
        );
    }

    #[test]
    fn nist_asks_for_no_kind_of_character_and_takes_long_passwords() {
        for one_kind in ["zqxjvkbwzqxjvkb", "ZQXJVKBWZQXJVKB", "493058672194058", "!?&%$/()=+*#-.;"]
        {
            assert_eq!(check(&PasswordPolicy::nist(), one_kind), [], "{one_kind:?}");
        }
        assert_eq!(check(&PasswordPolicy::nist(), &"zq7 ".repeat(16)), []);
    }

    #[test]
    fn all_unmet_rules_are_reported() {
        let policy = PasswordPolicy::default()
            .require(CharacterClass::Uppercase)
            .require(CharacterClass::Lowercase)
            .require(CharacterClass::Digit)
            .require(CharacterClass::Special)
            .require(CharacterClass::Digit);
        let unmet = check(&policy, "\0");
        assert_eq!(
            unmet,
            [
                PasswordRule::TooShort { min_length: 8 },
                PasswordRule::Lacks(CharacterClass::Uppercase),
                PasswordRule::Lacks(CharacterClass::Lowercase),
                PasswordRule::Lacks(CharacterClass::Digit),
                PasswordRule::Lacks(CharacterClass::Special),
                PasswordRule::ContainsNul,
            ]
        );
        assert_eq!(
            unmet.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "Password should have at least 8 characters",
                "Password should contain an uppercase letter",
                "Password should contain a lowercase letter",
                "Password should contain a digit",
                "Password should contain a special character",
                "Password should not contain a NUL character",
            ]
        );
        let too_long = PasswordRule::TooLong { max_length: 1 };
        assert_eq!(too_long.to_string(), "Password should have at most 1 character");
        assert_eq!(check(&policy, "\u{c9}\u{e9}\u{665} zzzz"), []);
    }

    #[test]
    fn a_common_password_is_refused_unless_allowed() {
        let unmet = check(&PasswordPolicy::default(), "PassWord1");
        assert_eq!(unmet, [PasswordRule::Common]);
        assert_eq!(check(&PasswordPolicy::default().allow_common_passwords(), "PassWord1"), []);
    }

    #[test]
    fn validators_run_after_the_rules_and_stop_at_the_first() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let policy = PasswordPolicy::default()
            .validator(move |_, _| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .validator(|_, context| Err(format!("not for {}", context.email.unwrap_or("you"))))
            .validator(|_, _| Err("never reached".to_owned()));
        assert_eq!(check(&policy, "short"), [PasswordRule::TooShort { min_length: 8 }]);
        assert_eq!(runs.load(Ordering::Relaxed), 0);

        let context = PasswordContext { email: Some("ada@example.com"), ..Default::default() };
        let unmet = policy.check(&Password::new("analytical engine"), &context).unwrap_err();
        assert_eq!(unmet, [PasswordRule::Refused("not for ada@example.com".to_owned())]);
        assert_eq!(unmet[0].to_string(), "not for ada@example.com");
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_policy_that_nothing_meets_is_found_at_start_up() {
        assert_eq!(PasswordPolicy::nist().ensure_satisfiable(), Ok(()));
        let error = PasswordPolicy::nist().max_length(14).ensure_satisfiable().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no password meets a policy of min_length(15) and max_length(14): give it a \
             max_length of at least 15"
        );
        assert!(
            PasswordPolicy::default().min_length(0).max_length(0).ensure_satisfiable().is_err()
        );
    }
}
