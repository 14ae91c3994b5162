//! User names for new users who sign in by a provider and have not typed one.

use std::vec;

use crate::providers::Profile;
use crate::secret::{hex, random};

/// How many numbers are tried after a name that is taken.
const NUMBERS: usize = 99;
/// How many random ends are tried after those.
const RANDOM: usize = 3;
/// The longest a name is at first, and what it is cut to where that does not fit.
const LENGTHS: [usize; 3] = [24, 16, 8];

/// The names that a user may get: the name at the provider, or else the first name, the name, what is before
/// the `@`; in lower-case letters, digits and underscores alone. A name that is taken gets a number.
pub(super) struct Names {
    others: vec::IntoIter<String>,
    name: String,
    tried: usize,
}

impl Names {
    pub(super) fn of(profile: &Profile, address: &str) -> Self {
        let local = address.split('@').next();
        let texts = [
            profile.username.as_deref(),
            profile.given_name.as_deref(),
            profile.name.as_deref(),
            local,
            Some("user"),
        ];
        let names: Vec<_> = texts.into_iter().flatten().filter_map(plain).collect();
        let mut names = Self { others: names.into_iter(), name: String::new(), tried: 0 };
        names.is_unfit();
        names
    }

    /// The name was not one that a sign-up would take: goes on with another.
    pub(super) fn is_unfit(&mut self) {
        self.name = self.others.next().unwrap_or_default();
        self.tried = 0;
    }

    /// The name had no room: goes on with a shorter one. `false` where it is as short as can be.
    pub(super) fn is_too_long(&mut self) -> bool {
        let shorter = LENGTHS.into_iter().find(|length| *length < self.name.len());
        if let Some(length) = shorter {
            self.name.truncate(length);
            self.name.truncate(self.name.trim_end_matches('_').len());
            self.tried = 0;
        }
        shorter.is_some()
    }
}

/// Each call is for what comes after a name that is taken.
impl Iterator for Names {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let name = Some(&self.name).filter(|name| !name.is_empty())?;
        let number = self.tried;
        self.tried += 1;
        match number {
            0 => Some(name.clone()),
            1..=NUMBERS => Some(format!("{name}_{number}")),
            _ if number <= NUMBERS + RANDOM => {
                random::<4>().ok().map(|bytes| format!("{name}_{}", hex(bytes)))
            }
            _ => None,
        }
    }
}

fn plain(text: &str) -> Option<String> {
    let mut name = String::new();
    for letter in text.to_lowercase().chars().take(LENGTHS[0]) {
        match letter.is_ascii_alphanumeric() {
            true => name.push(letter),
            false if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            false => {}
        }
    }
    let name = name.trim_end_matches('_');
    (name.len() >= 2).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::EmailClaim;

    fn names(username: Option<&str>, name: Option<&str>, address: &str) -> Names {
        let mut profile = Profile::new("https://a.example", "1", EmailClaim::None).unwrap();
        profile.username = username.map(str::to_owned);
        profile.name = name.map(str::to_owned);
        Names::of(&profile, address)
    }

    #[test]
    fn a_name_is_made_of_what_the_provider_says() {
        let best = |username, name, address| names(username, name, address).next();
        let is = |name: &str| Some(name.to_owned());
        assert_eq!(best(Some("Octo-Cat!"), None, "a@b.example"), is("octo_cat"));
        assert_eq!(best(Some("\u{e9}"), Some("Ada Lovelace"), "x@b.example"), is("ada_lovelace"));
        assert_eq!(best(None, None, "ada.l@b.example"), is("ada_l"));
        assert_eq!(best(None, None, "x@b.example"), is("user"));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_and_then_a_random_end() {
        let all: Vec<_> = names(Some("ada"), Some("Ada Lovelace"), "ada@b.example").collect();
        assert_eq!(all[..3], ["ada", "ada_1", "ada_2"]);
        assert_eq!((all.len(), &*all[99]), (103, "ada_99"));
        assert!(all[100..].iter().all(|name| name.len() == "ada_".len() + 8), "{all:?}");
    }

    #[test]
    fn a_name_that_is_not_taken_at_a_sign_up_is_another_one() {
        let mut names = names(Some("admin"), Some("Ada Lovelace"), "ada@b.example");
        names.next();
        names.is_unfit();
        assert_eq!(names.next().as_deref(), Some("ada_lovelace"));
        names.is_unfit();
        names.is_unfit();
        assert_eq!(names.next().as_deref(), Some("user"));
        names.is_unfit();
        assert_eq!(names.next(), None);
    }

    #[test]
    fn a_name_without_room_gets_shorter() {
        let mut names = names(Some("a-lady-of-the-name-lovelace"), None, "x@b.example");
        assert_eq!(names.next().as_deref(), Some("a_lady_of_the_name_lovel"));
        assert!(names.is_too_long());
        assert_eq!(names.next().as_deref(), Some("a_lady_of_the_na"));
        assert!(names.is_too_long());
        assert_eq!(names.next().as_deref(), Some("a_lady_o"));
        assert!(!names.is_too_long());
    }
}
