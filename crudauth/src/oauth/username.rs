//! User names for those who sign in by a provider and have typed none.

use crate::providers::Profile;
use crate::secret::{hex, random};

/// The most suffixes that are tried in order.
const NUMBERED: usize = 9;

/// What the user may be called, the best first: the name at the provider, the first name, the name, what
/// is before the `@`; lower-case letters, digits and underscores alone.
pub(super) fn candidates(profile: &Profile, address: &str) -> Vec<String> {
    let local = address.split('@').next();
    let texts = [
        profile.username.as_deref(),
        profile.given_name.as_deref(),
        profile.name.as_deref(),
        local,
        Some("user"),
    ];
    let mut plain: Vec<String> = texts.into_iter().flatten().filter_map(plain).collect();
    let Some(best) = plain.first().cloned() else { return plain };
    plain.dedup();
    plain.extend((1..=NUMBERED).map(|number| format!("{best}_{number}")));
    let random =
        (0..3).filter_map(|_| random::<4>().ok()).map(|bytes| format!("{best}_{}", hex(bytes)));
    plain.extend(random);
    plain
}

fn plain(text: &str) -> Option<String> {
    let mut name = String::new();
    for letter in text.to_lowercase().chars().take(24) {
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

    #[test]
    fn a_name_is_made_of_what_the_provider_says() {
        let profile = |username: Option<&str>, name: Option<&str>| {
            let mut profile = Profile::new("https://a.example", "1", EmailClaim::None).unwrap();
            profile.username = username.map(str::to_owned);
            profile.name = name.map(str::to_owned);
            profile
        };
        let best =
            |username, name, address| candidates(&profile(username, name), address)[0].clone();
        assert_eq!(best(Some("Octo-Cat!"), None, "a@b.example"), "octo_cat");
        assert_eq!(best(Some("\u{e9}"), Some("Ada Lovelace"), "x@b.example"), "ada_lovelace");
        assert_eq!(best(None, None, "ada.l@b.example"), "ada_l");
        assert_eq!(best(None, None, "x@b.example"), "user");
        let all = candidates(&profile(Some("ada"), None), "ada@b.example");
        assert!(all.contains(&"ada_1".to_owned()) && all.len() > 10, "{all:?}");
    }
}
