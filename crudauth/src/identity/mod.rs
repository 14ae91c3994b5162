//! placeholder
/// placeholder
pub fn lookup_email(s: &str) -> String {
    s.trim().to_lowercase()
}
