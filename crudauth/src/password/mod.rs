//! placeholder
/// placeholder
#[derive(Debug, Clone)]
pub struct PasswordHash(String);
impl PasswordHash {
    /// placeholder
    pub fn from_stored(s: String) -> Self {
        Self(s)
    }
    /// placeholder
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}
