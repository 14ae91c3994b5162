//! The URL of a SQLite database.

use super::Sqlite;
use crate::store::{FromUrl, UrlError};

const ACCEPTED: &str = "a SQLite database is named by `sqlite:///./app.db` or `sqlite:////var/lib/app.db`, or by a \
                        plain path";

/// `sqlite:///relative`, `sqlite:////absolute`, `sqlite:path` and plain paths. A driver as in
/// `sqlite+aiosqlite:` is passed over. A database in memory is none that a URL names: choose
/// [`Sqlite::in_memory`] in code.
impl FromUrl for Sqlite {
    fn from_url(url: &str) -> Result<Self, UrlError> {
        let path = path_of(url).map_err(UrlError::new)?;
        Self::open(path).map_err(UrlError::new)
    }
}

fn path_of(url: &str) -> Result<&str, String> {
    let path = match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => {
            if scheme != "sqlite" && !scheme.starts_with("sqlite+") {
                return Err(named(scheme).unwrap_or_else(another_kind));
            }
            match rest.strip_prefix("//") {
                // What stands before the third slash would be a host.
                Some(rest) => rest.strip_prefix('/').ok_or_else(|| ACCEPTED.to_owned())?,
                None => rest,
            }
        }
        _ => url,
    };
    // What has a user before an `@`, or a password, is that of another kind of database.
    let behind_drive = path.get(2..).unwrap_or_default();
    let has_user = behind_drive.split_once('@').is_some_and(|(who, _)| who.contains(':'));
    if has_user || path.contains("://") || path.contains("password=") {
        return Err(another_kind());
    }
    if path.contains('?') {
        return Err(format!("parameters behind `?` are not read; {ACCEPTED}"));
    }
    match path {
        "" | ":memory:" => Err(format!(
            "a database in memory is gone with the process, so it is chosen in code, by \
             `Sqlite::in_memory`; {ACCEPTED}"
        )),
        path => Ok(path),
    }
}

/// Schemes of other databases.
const KNOWN: [&str; 10] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "redis",
    "rediss",
    "oracle",
    "mssql",
    "sqlserver",
    "mongodb",
];

/// Names a scheme that is known to be one: another text may be a password.
fn named(scheme: &str) -> Option<String> {
    let base = scheme.split('+').next()?;
    let is_known = KNOWN.contains(&base);
    is_known.then(|| format!("`{base}` is another kind of database; {ACCEPTED}"))
}

fn another_kind() -> String {
    format!("this is the address of another kind of database; {ACCEPTED}")
}

/// One letter is a drive of Windows.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_path_is_what_stands_behind_three_slashes() {
        for (url, path) in [
            ("sqlite:///./app.db", "./app.db"),
            ("sqlite:///app.db", "app.db"),
            ("sqlite:////var/lib/app.db", "/var/lib/app.db"),
            ("sqlite+aiosqlite:///./app.db", "./app.db"),
            ("sqlite:app.db", "app.db"),
            ("./app.db", "./app.db"),
            ("/var/lib/app.db", "/var/lib/app.db"),
            ("C:/app.db", "C:/app.db"),
        ] {
            assert_eq!(path_of(url), Ok(path), "{url}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_being_quoted() {
        for url in [
            "postgres://app:hunter2@db/app",
            "mysql+pymysql://app:hunter2@db/app",
            "sqlite://hunter2/app.db",
            "sqlite:///app.db?key=hunter2",
            "sqlite:///app:hunter2@db/app",
            "postgres//app:hunter2@db/app",
            "hunter2:app",
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            ":memory:",
        ] {
            let error = path_of(url).expect_err(url);
            assert!(error.contains("sqlite:///./app.db"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
