//! The columns of a second factor.

/// The type of the logical field `totp_last_step`: a number, or none.
pub trait Step: Sized {
    /// The step, if there is one.
    fn get(&self) -> Option<i64>;
    /// The column with this step, or with NULL. A step that does not fit becomes the greatest that does.
    fn with(step: Option<i64>) -> Self;
}

impl Step for Option<i64> {
    fn get(&self) -> Option<i64> {
        *self
    }

    fn with(step: Option<i64>) -> Self {
        step
    }
}

impl Step for Option<i32> {
    fn get(&self) -> Option<i64> {
        self.map(i64::from)
    }

    fn with(step: Option<i64>) -> Self {
        step.map(|step| i32::try_from(step).unwrap_or(i32::MAX))
    }
}

/// Whether a row has a second factor, which is a secret that has been confirmed.
#[must_use]
pub fn is_enrolled(secret: Option<&str>, is_confirmed: bool) -> bool {
    is_confirmed && secret.is_some_and(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Step, is_enrolled};

    #[test]
    fn a_pending_or_removed_factor_is_none() {
        assert!(is_enrolled(Some("gAAAA"), true));
        assert!(!is_enrolled(Some("3:JBSW"), false));
        assert!(!is_enrolled(Some(""), true));
        assert!(!is_enrolled(None, true));
    }

    #[test]
    fn a_step_without_room_accepts_no_code_any_more() {
        let last: Option<i32> = Step::with(Some(i64::MAX));
        assert_eq!(last.get(), Some(i32::MAX.into()));
        let none: Option<i32> = Step::with(None);
        assert_eq!(none.get(), None);
    }
}
