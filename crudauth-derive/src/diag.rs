//! What the derive has to say: one [`Message`] a mistake, all of them in one compile.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

/// A mistake in the user's words: the fact, then the way out in lines of `help: ..` and `note: ..`.
/// (Stable Rust has no true sub-diagnostics for macros.)
#[derive(Clone, Debug)]
pub(crate) struct Message(String);

impl Message {
    pub(crate) fn new(fact: impl Display) -> Self {
        Self(fact.to_string())
    }

    pub(crate) fn help(self, text: impl Display) -> Self {
        Self(format!("{self}\nhelp: {text}"))
    }

    pub(crate) fn note(self, text: impl Display) -> Self {
        Self(format!("{self}\nnote: {text}"))
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Declares messages of fixed words as functions: the fact, then what helps.
macro_rules! messages {
    ($(
        $(#[$doc:meta])*
        fn $rule:ident($($name:ident: $Type:ty),*): $fact:literal $($kind:ident $text:literal)*;
    )*) => {$(
        $(#[$doc])*
        pub(crate) fn $rule($($name: $Type),*) -> $crate::diag::Message {
            $crate::diag::Message::new(format_args!($fact))$(.$kind(format_args!($text)))*
        }
    )*};
}

/// Something that works, and that the user probably did not mean.
pub(crate) struct Warning {
    /// The name of a key at the user's own place: a lint on a span of the expansion would not be
    /// shown.
    pub(crate) at: Ident,
    pub(crate) message: Message,
}

/// Every mistake found so far.
///
/// [`Diagnostics::finish`] is the only way out. Forgetting it would compile a wrong struct in
/// silence, so dropping this type unread is a bug and says so.
pub(crate) struct Diagnostics {
    errors: RefCell<Vec<syn::Error>>,
    warnings: RefCell<Vec<Warning>>,
    finished: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::default(), warnings: RefCell::default(), finished: false }
    }

    /// Records a mistake at the tokens that are wrong, underlined as a whole.
    pub(crate) fn report(&self, at: impl ToTokens, message: Message) {
        self.errors.borrow_mut().push(syn::Error::new_spanned(at.into_token_stream(), message));
    }

    /// Records a warning at a key that the user wrote.
    pub(crate) fn warn(&self, at: &Ident, message: Message) {
        self.warnings.borrow_mut().push(Warning { at: at.clone(), message });
    }

    /// The value and the warnings if there was no mistake, else one `compile_error!` for each.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<(T, Vec<Warning>), TokenStream> {
        self.finished = true;
        let errors = self.errors.take();
        match value {
            Some(value) if errors.is_empty() => Ok((value, self.warnings.take())),
            _ => Err(errors.iter().map(syn::Error::to_compile_error).collect()),
        }
    }

    #[cfg(test)]
    pub(crate) fn into_messages(mut self) -> Vec<String> {
        self.finished = true;
        self.errors.take().iter().map(ToString::to_string).collect()
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "diagnostics were dropped unread");
    }
}

/// The candidate that the user most likely meant: rustc's own rule, at most a third of the
/// letters wrong.
pub(crate) fn closest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = typed.chars().count().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| (distance(typed, candidate), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance of Damerau and Levenshtein: two letters that changed places are one mistake.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, steps) | (steps, 0) => steps,
                _ => {
                    let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let nearest = substitute.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    if swapped { nearest.min(rows[i - 2][j - 2] + 1) } else { nearest }
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// "`a`, `b` or `c`", with the last word given.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_found_and_a_far_one_is_not() {
        let names = ["register", "rename", "default", "id"];
        assert_eq!(closest("regster", names), Some("register"));
        assert_eq!(closest("registre", names), Some("register"));
        assert_eq!(closest("uid", names), Some("id"));
        assert_eq!(closest("colour", names), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("emial", "email"), 1);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(list([], "or"), "");
        assert_eq!(list(["a"], "or"), "`a`");
        assert_eq!(list(["a", "b"], "or"), "`a` or `b`");
        assert_eq!(list(["a", "b", "c"], "and"), "`a`, `b` and `c`");
    }

    #[test]
    #[should_panic(expected = "dropped unread")]
    fn forgetting_to_finish_is_loud() {
        drop(Diagnostics::new());
    }
}
