//! Reading the indexes of a users table.

/// The column `mail` of an index that `CREATE UNIQUE INDEX .. ON .. (lower(mail))` has made, and
/// that is over nothing else.
pub(super) fn lowered_column(create: &str) -> Option<String> {
    let (_, keys) = create.split_once('(')?;
    let keys = keys.trim().strip_suffix(')')?.trim();
    let (function, column) = keys.split_once('(')?;
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
    use super::lowered_column;

    #[test]
    fn an_index_over_lower_and_nothing_else_names_its_column() {
        let column = |keys: &str| lowered_column(&format!("CREATE UNIQUE INDEX i ON t {keys}"));
        for keys in ["(lower(mail))", "( LOWER ( mail ) )", "(lower(\"mail\"))", "(lower(`mail`))"]
        {
            assert_eq!(column(keys).as_deref(), Some("mail"), "{keys}");
        }
        assert_eq!(column("(lower(\"e-mail\"))").as_deref(), Some("e-mail"));
        for keys in [
            "(mail)",
            "(upper(mail))",
            "(lower(trim(mail)))",
            "(lower(mail), id)",
            "(lower(mail)) WHERE id > 1",
            "(lower(mail || id))",
            "(lower(mail) COLLATE NOCASE)",
            "(lower())",
            "",
        ] {
            assert_eq!(column(keys), None, "{keys}");
        }
    }
}
