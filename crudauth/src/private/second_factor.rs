/// The type of the logical field `totp_confirmed_at`: a moment that may not have come.
#[diagnostic::on_unimplemented(
    message = "the logical field `totp_confirmed_at` cannot be of type `{Self}`",
    label = "NULL, until a second factor is confirmed",
    note = "use an `Option` of a moment: `Option<NaiveDateTime>`, say"
)]
pub trait Awaited {
    /// Whether the moment has come.
    fn has_come(&self) -> bool;
}

impl<T> Awaited for Option<T> {
    fn has_come(&self) -> bool {
        self.is_some()
    }
}

/// Whether a row has a second factor, which is a secret that has been confirmed.
pub fn is_enrolled(secret: Option<&str>, confirmed_at: &impl Awaited) -> bool {
    confirmed_at.has_come() && secret.is_some_and(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_enrolled;

    #[test]
    fn a_pending_or_removed_factor_is_none() {
        let moment = Some(1);
        assert!(is_enrolled(Some("gAAAA"), &moment));
        assert!(!is_enrolled(Some("3:JBSW"), &None::<i32>));
        assert!(!is_enrolled(Some(""), &moment));
        assert!(!is_enrolled(None, &moment));
    }
}
