//! What a client may send at sign-up.

use super::LoginField;
use crate::error::Inputs;

/// The sign-up fields of a user struct, as the derive writes them: the login fields, `email` and
/// `username`, and every field marked `#[auth(register)]`. Nothing else can be named.
pub trait RegisterFields: Sized + Send + 'static {
    /// Takes the fields from a request body. Mistakes are reported to `inputs`, all of them;
    /// `None` where there was one.
    fn read(inputs: &mut Inputs) -> Option<Self>;

    /// Shows each identifying text (`email`, `username`, login fields of the application) that is
    /// present, and puts in its place what `visit` returns.
    fn visit_identities(&mut self, visit: &mut dyn FnMut(LoginField, &str) -> Option<String>);

    /// The e-mail address, if there is one.
    fn email(&self) -> Option<&str>;

    /// The user name, if there is one.
    fn username(&self) -> Option<&str>;

    /// The value of the recovery factor, if the client sends it.
    fn recovery(&self) -> Option<&str> {
        None
    }
}
