//! placeholder
/// placeholder
#[derive(Debug)]
pub struct Inputs;
impl Inputs {
    /// placeholder
    pub fn take<T: serde::de::DeserializeOwned>(&mut self, _name: &'static str) -> Option<T> {
        None
    }
}
