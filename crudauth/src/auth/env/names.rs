//! The variables, and what may be meant by a name that is none of them.

/// A variable that is read.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    /// Another name for it.
    pub(super) alias: Option<&'static str>,
    /// Whether no message quotes it, and `{name}_FILE` may have it.
    pub(super) is_secret: bool,
    /// Empty for a secret that no example can show.
    pub(super) example: &'static str,
}

macro_rules! variables {
    ($($name:ident $(or $alias:literal)? $(, $secret:ident)? => $example:literal;)+) => {
        $(
            pub(super) const $name: Variable = Variable {
                name: stringify!($name),
                alias: variables!(@alias $($alias)?),
                is_secret: variables!(@secret $($secret)?),
                example: $example,
            };
        )+

        pub(super) const VARIABLES: &[Variable] = &[$($name),+];
    };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
    (@secret) => { false };
    (@secret secret) => { true };
}

variables! {
    JWT_SECRET_KEY or "SECRET_KEY", secret => "";
    JWT_SECRET_KEY_FALLBACKS or "SECRET_KEY_FALLBACKS", secret => "";
    JWT_ALGORITHM => "HS256";
    ACCESS_TOKEN_EXPIRE_MINUTES => "30";
    REFRESH_TOKEN_EXPIRE_DAYS or "REFRESH_TOKEN_EXPIRY_DAYS" => "7";
    DATABASE_URL, secret => "sqlite:///./app.db";
    EMAIL_PROVIDER or "EMAIL_BACKEND" => "smtp";
    FRONTEND_URL => "https://app.example.com";
    REQUIRE_EMAIL_VERIFICATION => "true";
    SMTP_HOST => "smtp.example.com";
    SMTP_PORT => "465";
    SMTP_USER => "acme";
    SMTP_PASS, secret => "";
    SMTP_FROM => "Acme <no-reply@example.com>";
    EMAIL_WEBHOOK_URL => "https://hooks.example.com/mail";
    TRUSTED_ORIGINS => "https://app.example.com";
    COOKIE_DOMAIN => "example.com";
    COOKIE_SAMESITE => "strict";
    DISABLED_ROUTES => "/register";
    OAUTH_BASE_URL or "BASE_URL" => "https://shop.example.com";
    OAUTH_REDIRECT_URL => "/welcome";
    GOOGLE_CLIENT_ID or "OAUTH_GOOGLE_CLIENT_ID" => "1234.apps.googleusercontent.com";
    GOOGLE_CLIENT_SECRET or "OAUTH_GOOGLE_CLIENT_SECRET", secret => "";
    GOOGLE_HOSTED_DOMAIN => "example.com";
    GITHUB_CLIENT_ID or "OAUTH_GITHUB_CLIENT_ID" => "Iv1.8a61f9b3a7aba766";
    GITHUB_CLIENT_SECRET or "OAUTH_GITHUB_CLIENT_SECRET", secret => "";
    GITHUB_BASE_URL => "https://github.example.com";
    OIDC_ISSUER => "https://sso.example.com/realms/main";
    OIDC_CLIENT_ID => "shop";
    OIDC_CLIENT_SECRET, secret => "";
}

/// Names that somebody may expect to be read, each with what to do instead.
pub(super) const REFUSED: &[(&str, &str)] =
    &[("JWT_PRIVATE_KEY", KEYS_IN_CODE), ("JWT_PUBLIC_KEY", KEYS_IN_CODE)];

const KEYS_IN_CODE: &str =
    "is not read: give key pairs in code, by `map_bearer(|bearer| bearer.keys(..))`";

/// What begins so is ours, or a mistake.
const PREFIXES: [&str; 4] = ["JWT_", "ACCESS_TOKEN_", "REFRESH_TOKEN_", "CRUDAUTH_"];

pub(super) fn is_ours(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

pub(super) fn is_known(name: &str) -> bool {
    known().any(|known| known == name)
}

/// Every name that is read.
fn known() -> impl Iterator<Item = String> {
    VARIABLES.iter().flat_map(|variable| {
        let file = variable.is_secret.then(|| format!("{}_FILE", variable.name));
        let names = [Some(variable.name), variable.alias];
        names.into_iter().flatten().map(str::to_owned).chain(file)
    })
}

/// The known name that `name` is most like, if it is like any.
pub(super) fn meant_by(name: &str) -> Option<String> {
    let bare = name.strip_prefix("CRUDAUTH_").unwrap_or(name);
    let likeness = |known: String| (distance(bare, &known), known);
    let (distance, nearest) = known().map(likeness).min()?;
    (distance <= nearest.len() / 3).then_some(nearest)
}

/// The least number of letters to insert, remove or replace (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (from, to, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        for (slip, meant) in [
            ("ACCESS_TOKEN_EXPIRES_MINUTES", "ACCESS_TOKEN_EXPIRE_MINUTES"),
            ("JWT_SECRET", "JWT_SECRET_KEY"),
            ("CRUDAUTH_SECRET_KEY", "SECRET_KEY"),
            ("DATABASE_URI", "DATABASE_URL"),
        ] {
            assert_eq!(meant_by(slip).as_deref(), Some(meant), "{slip}");
        }
        for stranger in ["PATH", "HOME", "JWT_LEEWAY_SECONDS", "CRUDAUTH_"] {
            assert_eq!(meant_by(stranger), None, "{stranger}");
        }
    }
}
