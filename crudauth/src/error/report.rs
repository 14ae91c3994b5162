//! A report of `garde` in the form of the wire.

use super::field::{FieldError, Location};

impl FieldError {
    /// One entry for each broken rule. `names` has the name on the wire of each field of the
    /// struct; what is inside of a field counts as the field, since a key of a map is the
    /// client's own text.
    pub(crate) fn of_report(report: &garde::Report, names: &[(&str, &'static str)]) -> Vec<Self> {
        let entry = |(path, error): &(garde::Path, garde::Error)| {
            let path = path.to_string();
            let field = path.split(['.', '[']).next().unwrap_or_default();
            let name = names.iter().find(|(of_struct, _)| *of_struct == field);
            let at = name.map_or_else(Location::body, |(_, name)| Location::field(name));
            Self::value_error(at, format!("Value error, {}", error.message()))
        };
        report.iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use garde::{Error, Path, Report};

    use super::*;

    #[test]
    fn each_broken_rule_is_told_at_the_name_on_the_wire() {
        let mut report = Report::new();
        report.append(Path::new("full_name"), Error::new("length is lower than 2"));
        report.append(Path::new("tags").join(3_usize).join("of-the-client"), Error::new("no tag"));
        report.append(Path::empty(), Error::new("does not add up"));
        let names = [("full_name", "fullName"), ("tags", "tags")];
        let shown = serde_json::to_value(FieldError::of_report(&report, &names)).unwrap();
        let entry = |loc: &[&str], msg: &str| {
            serde_json::json!({
                "type": "value_error", "loc": loc, "msg": msg,
            })
        };
        assert_eq!(
            shown,
            serde_json::json!([
                entry(&["body", "fullName"], "Value error, length is lower than 2"),
                entry(&["body", "tags"], "Value error, no tag"),
                entry(&["body"], "Value error, does not add up"),
            ])
        );
    }
}
