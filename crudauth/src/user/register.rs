//! What a client may send at sign-up.

use super::LoginField;
use crate::error::{FieldError, Inputs};
use crate::password::Password;

/// The sign-up fields of a user struct, as the derive writes them: the login fields, `email` and
/// `username`, and every field marked `#[auth(register)]`. Nothing else can be named.
pub trait RegisterFields: Sized + Send + 'static {
    /// The fields by their names on the wire, each with whether a sign-up needs it.
    const INPUTS: &'static [RegisterInput] = &[];

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

/// One of the [`RegisterFields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterInput {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether a user cannot be created without it: its column is NOT NULL.
    pub required: bool,
}

/// A sign-up body of the application's own.
///
/// Derive it with [`#[derive(RegisterSchema)]`](derive@crate::RegisterSchema), which holds it
/// against the user struct, and hand it to
/// [`Builder::register_schema`](crate::Builder::register_schema).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sign-up body",
    label = "needs `RegisterSchema`",
    note = "add `#[derive(crudauth::RegisterSchema)]` and `#[auth(user = ..)]` to `{Self}`"
)]
pub trait RegisterSchema: Sized + Send + 'static {
    /// Whose sign-up it is: a struct that is an [`AuthUser`](super::AuthUser).
    type User;
    /// What the new-user hook reads of it: `{Schema}Data`, all its fields but the password.
    type Data: Send + 'static;

    /// Takes the fields from a request body. Mistakes are reported to `inputs`, all of them;
    /// `None` where there was one.
    fn read(inputs: &mut Inputs) -> Option<Self>;

    /// The rules that the values break: those of `garde`, where the schema has some.
    fn broken_rules(&self) -> Vec<FieldError>;

    /// Gives what is stored to `inputs`, from which the [`RegisterFields`] of the user are read;
    /// the rest is for the hasher and for the hook.
    fn split(self, inputs: &mut Inputs) -> (Password, Self::Data);
}
