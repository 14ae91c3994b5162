//! The body of a sign-up, read.

use crate::error::{FieldError, Inputs};
use crate::hooks::RegisterData;
use crate::password::Password;
use crate::user::{AuthUser, RegisterFields, RegisterSchema};

/// Reads the body of a sign-up.
pub(crate) type ReadForm<U> = fn(Inputs) -> Result<Form<U>, Vec<FieldError>>;

/// A sign-up as it was sent: every value has its type, and nothing else is known of it.
pub(crate) struct Form<U: AuthUser> {
    pub(super) fields: U::Register,
    pub(super) password: Password,
    pub(super) data: Option<RegisterData>,
    /// The rules of the schema that the values break.
    pub(super) broken_rules: Vec<FieldError>,
}

impl<U: AuthUser> Form<U> {
    /// Without a body: what a job or a command line has put together.
    pub(super) fn assembled(fields: U::Register, password: Password) -> Self {
        Self { fields, password, data: None, broken_rules: Vec::new() }
    }

    /// The body that crudauth asks for by itself: the fields of the user struct and `password`.
    pub(crate) fn read(mut inputs: Inputs) -> Result<Self, Vec<FieldError>> {
        // The row and the hook each get the fields; their types need not be `Clone`.
        let for_hook = U::Register::read(&mut inputs.again());
        let fields = U::Register::read(&mut inputs);
        let password = inputs.take::<Password>("password");
        let (fields, password) = inputs.finish_with(fields.zip(password))?;
        let data = for_hook.map(|fields| Box::new(fields) as RegisterData);
        Ok(Self { data, ..Self::assembled(fields, password) })
    }

    /// A body of the application's own.
    pub(crate) fn read_schema<S: RegisterSchema<User = U>>(
        mut inputs: Inputs,
    ) -> Result<Self, Vec<FieldError>> {
        let schema = S::read(&mut inputs);
        Self::of_schema(inputs.finish_with(schema)?)
    }

    pub(super) fn of_schema<S: RegisterSchema<User = U>>(
        schema: S,
    ) -> Result<Self, Vec<FieldError>> {
        let broken_rules = schema.broken_rules();
        let mut inputs = Inputs::from_object(serde_json::Map::new());
        let (password, data) = schema.split(&mut inputs);
        let fields = U::Register::read(&mut inputs);
        let fields = inputs.finish_with(fields)?;
        Ok(Self { fields, password, data: Some(Box::new(data)), broken_rules })
    }
}
