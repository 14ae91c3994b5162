//! How a mutant is put into a source.

use std::fmt;

use super::Mutant;

/// The variable that names the mutant that is switched on.
pub const SWITCH: &str = "CRUDAUTH_MUTANT";

/// The module that a crate with mutants gets, as `planted.rs` beside its `lib.rs`.
#[must_use]
pub fn switchboard() -> String {
    format!(
        "//! Which mutant is switched on: read once.\n\n\
         pub(crate) fn planted(name: &str) -> bool {{\n    \
             static ON: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();\n    \
             ON.get_or_init(|| std::env::var({SWITCH:?}).ok()).as_deref() == Some(name)\n\
         }}\n"
    )
}

/// A mutant could not be put where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplanted {
    /// Which.
    pub name: &'static str,
    /// Why.
    pub why: String,
}

impl fmt::Display for Misplanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.why)
    }
}

/// `source` with each of `mutants` behind its switch.
///
/// # Errors
///
/// Every mutant whose original does not stand in `source` exactly once, or overlaps another.
pub fn planted(source: &str, mutants: &[&Mutant]) -> Result<String, Vec<Misplanted>> {
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for mutant in mutants {
        let mut found = source.match_indices(mutant.original).map(|(at, _)| at);
        match (found.next(), found.count()) {
            (Some(at), 0) => places.push((at, *mutant)),
            (None, _) => errors.push(misplanted(mutant, "no longer stands there")),
            (Some(_), more) => {
                errors.push(misplanted(mutant, &format!("stands there {} times", more + 1)));
            }
        }
    }
    places.sort_unstable_by_key(|(at, _)| *at);
    for pair in places.windows(2) {
        let [(at, first), (next, second)] = pair else { continue };
        if at + first.original.len() > *next {
            errors.push(misplanted(second, &format!("overlaps `{}`", first.name)));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (mut text, mut end) = (String::new(), 0);
    for (at, mutant) in places {
        text.push_str(&source[end..at]);
        text.push_str(&switch(mutant));
        end = at + mutant.original.len();
    }
    text.push_str(&source[end..]);
    Ok(text)
}

fn misplanted(mutant: &Mutant, why: &str) -> Misplanted {
    let why = format!("its original {why}, in {}: {}", mutant.file, mutant.original);
    Misplanted { name: mutant.name, why }
}

fn switch(mutant: &Mutant) -> String {
    let Mutant { name, original, mutated, .. } = mutant;
    let choice =
        format!("if crate::planted::planted({name:?}) {{ {mutated} }} else {{ {original} }}");
    if original.ends_with(';') { choice } else { format!("({choice})") }
}
