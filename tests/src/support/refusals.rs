//! The codes of refusals, as the guide lists them.

use std::sync::LazyLock;

/// Status, text and code of each row of the guide's table.
static TABLE: LazyLock<Vec<(u16, &str, &str)>> = LazyLock::new(|| {
    let page = include_str!("../../../crudauth/src/guide/errors.rs");
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | `")?.strip_suffix(" |"));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        let [code, status, text] = cells[..] else { panic!("three cells: {row}") };
        (status.parse().expect("a status"), text, code.trim_end_matches('`'))
    })
    .collect()
});

/// Whether the guide lists this code with this status.
#[must_use]
pub fn is_listed(status: u16, code: &str) -> bool {
    TABLE.iter().any(|row| (row.0, row.2) == (status, code))
}

/// The whole body of an answer that says `text`: with a code, where the guide lists the text.
#[must_use]
pub fn body(status: u16, text: &str) -> String {
    match TABLE.iter().find(|row| (row.0, row.1) == (status, text)) {
        Some((_, _, code)) => format!(r#"{{"detail":"{text}","code":"{code}"}}"#),
        None => format!(r#"{{"detail":"{text}"}}"#),
    }
}
