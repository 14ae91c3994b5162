//! Names that say more than their type: of power, and of the opposite of a flag.

use crate::logical::Logical;

/// Words that name a power wherever they stand in a name: `is_admin`, `org_role`, `credits_left`.
const POWERS: &str = include_str!("names/powers.txt");

/// Names that do so as a whole, with or without `is_`, `has_`, `_id` and `_ids`: `plan`, but not
/// `plan_of_the_house`.
const NAMES: &str = include_str!("names/powers_as_a_whole.txt");

/// Whether a field or column of this name usually decides what its user may do or has.
pub(crate) fn carries_power(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let bare = ["is_", "has_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let bare = bare.unwrap_or(&name);
    let suffix = ["_id", "_ids"].iter().find_map(|suffix| bare.strip_suffix(suffix));
    listed(NAMES, bare)
        || suffix.is_some_and(|bare| listed(NAMES, bare))
        || words(&name).any(|word| listed(POWERS, word))
}

/// Whether a field or column of this name is true where the flag `logical` is false.
pub(crate) fn is_opposite(logical: Logical, name: &str) -> bool {
    let opposites = match logical {
        Logical::IsActive => include_str!("names/opposites_of_active.txt"),
        Logical::EmailVerified | Logical::FactorVerified => {
            include_str!("names/opposites_of_verified.txt")
        }
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    words(&name).any(|word| listed(opposites, word)) && words(&name).all(|word| word != "not")
}

/// Whether a field or column of this name is true where the flag `logical` is true.
pub(crate) fn is_same(logical: Logical, name: &str) -> bool {
    let same = match logical {
        Logical::IsActive => include_str!("names/same_as_active.txt"),
        Logical::IsSuperuser => include_str!("names/same_as_superuser.txt"),
        _ => include_str!("names/same_as_verified.txt"),
    };
    let name = name.to_ascii_lowercase();
    words(&name).any(|word| listed(same, word)) && words(&name).all(|word| word != "not")
}

/// Whether a field of this name says that a row is deleted, though it is there.
pub(crate) fn is_deletion(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    words(&name).any(|word| matches!(word, "deleted" | "removed" | "erased" | "trashed"))
}

/// Whether a list has the word, which is one of its lines.
fn listed(list: &str, word: &str) -> bool {
    list.lines().any(|line| line == word)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_usually_carries_power_is_known_by_its_name() {
        let powers = "
            is_admin admin is_staff role roles role_id org_role permissions tenant_id tenant
            org_id organization_id credits balance plan plan_id quota disk_quota verified
            is_verified phone_verified approved is_approved banned group_ids tier_id is_premium
            Role IS_ADMIN
        ";
        for name in powers.split_whitespace() {
            assert!(carries_power(name), "{name}");
        }
        let others = "
            full_name bio newsletter locale company groupie planet meal_plan owner_of_the_house
            rolex favourite_team phone level status credit_name
        ";
        for name in others.split_whitespace() {
            assert!(!carries_power(name), "{name}");
        }
    }

    #[test]
    fn the_opposite_of_a_flag_is_known_by_its_name() {
        for name in
            ["blocked", "is_banned", "disabled", "suspended", "account_locked", "is_deleted"]
        {
            assert!(is_opposite(Logical::IsActive, name), "{name}");
            assert!(!is_opposite(Logical::IsSuperuser, name), "{name}");
        }
        for name in ["active", "enabled", "not_blocked", "unlocked", "may_sign_in", "clocked_in"] {
            assert!(!is_opposite(Logical::IsActive, name), "{name}");
        }
        assert!(is_opposite(Logical::EmailVerified, "email_unverified"));
        assert!(!is_opposite(Logical::EmailVerified, "blocked"));
    }

    #[test]
    fn the_name_of_a_flag_is_known_by_its_words() {
        for name in ["active", "is_enabled", "activated_at", "ACTIVE"] {
            assert!(is_same(Logical::IsActive, name), "{name}");
        }
        for name in ["inactive", "not_active", "deactivated_at", "blocked", "disabled"] {
            assert!(!is_same(Logical::IsActive, name), "{name}");
        }
        assert!(is_same(Logical::EmailVerified, "email_confirmed_at"));
        assert!(is_same(Logical::IsSuperuser, "is_admin"));
        assert!(is_deletion("deleted_at") && !is_deletion("disabled_at"));
    }
}
