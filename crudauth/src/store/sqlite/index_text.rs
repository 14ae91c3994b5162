//! Reading the statement that has made an index.

/// What `CREATE UNIQUE INDEX .. ON .. (keys) WHERE rows` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IndexText<'a> {
    pub(super) keys: Vec<&'a str>,
    pub(super) rows: Option<&'a str>,
}

impl<'a> IndexText<'a> {
    /// Reads the statement; `None` where it is none.
    pub(super) fn read(create: &'a str) -> Option<Self> {
        let mut keys = Vec::new();
        let (mut depth, mut from, mut quote) = (0_u32, 0, None);
        for (at, c) in create.char_indices() {
            match (quote, c) {
                (Some(end), c) if c == end => quote = None,
                (Some(_), _) => {}
                (None, '"' | '`' | '\'') => quote = Some(c),
                (None, '[') => quote = Some(']'),
                (None, '(') => {
                    depth += 1;
                    if depth == 1 {
                        from = at + 1;
                    }
                }
                (None, ',') if depth == 1 => {
                    keys.push(create[from..at].trim());
                    from = at + 1;
                }
                (None, ')') => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        keys.push(create[from..at].trim());
                        let rest = create[at + 1..].trim();
                        let rows = rest.get(..5).filter(|word| word.eq_ignore_ascii_case("where"));
                        return Some(Self { keys, rows: rows.map(|_| rest[5..].trim()) });
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// The column `mail` of a key `lower(mail)`.
pub(super) fn lowered_column(key: &str) -> Option<String> {
    let (function, column) = key.split_once('(')?;
    let column = column.strip_suffix(')')?.trim();
    let unquoted = [('"', '"'), ('`', '`'), ('[', ']')].into_iter().find_map(|(open, close)| {
        let inner = column.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.contains(close)).then_some(inner)
    });
    let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    let name = unquoted.or_else(|| Some(column).filter(|name| is_plain(name)))?;
    (function.trim().eq_ignore_ascii_case("lower") && !name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{IndexText, lowered_column};

    #[test]
    fn a_key_over_lower_and_nothing_else_names_its_column() {
        for key in ["lower(mail)", "LOWER ( mail )", "lower(\"mail\")", "lower(`mail`)"] {
            assert_eq!(lowered_column(key).as_deref(), Some("mail"), "{key}");
        }
        assert_eq!(lowered_column("lower(\"e-mail\")").as_deref(), Some("e-mail"));
        for key in [
            "mail",
            "upper(mail)",
            "lower(trim(mail))",
            "lower(mail || id)",
            "lower(mail) COLLATE NOCASE",
            "lower()",
            "",
        ] {
            assert_eq!(lowered_column(key), None, "{key}");
        }
    }

    #[test]
    fn keys_and_rows_are_told_apart() {
        let read = |text: &'static str| {
            let IndexText { keys, rows } = IndexText::read(text)?;
            Some((keys, rows))
        };
        let create = "CREATE UNIQUE INDEX i ON \"t (a, b)\" ( lower(mail) , f(a, ')') )";
        assert_eq!(read(create), Some((vec!["lower(mail)", "f(a, ')')"], None)));
        let partial = "CREATE UNIQUE INDEX i ON t(mail)\nwhere (deleted_at IS NULL)";
        assert_eq!(read(partial), Some((vec!["mail"], Some("(deleted_at IS NULL)"))));
        assert_eq!(read("CREATE UNIQUE INDEX i ON t (mail"), None);
        assert_eq!(read(""), None);
    }
}
