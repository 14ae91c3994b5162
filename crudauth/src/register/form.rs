//! The body of a sign-up, read.

use std::collections::BTreeSet;

use crate::error::{FieldError, Inputs};
use crate::hooks::RegisterData;
use crate::password::Password;
use crate::user::{AuthUser, Fill, Logical, RegisterFields, RegisterSchema};

/// Reads the body of a sign-up. Mistakes are reported to the inputs; `None` where there was one.
pub(crate) type ReadForm<U> = fn(&mut Inputs) -> Option<Form<U>>;

/// The names of what is left of a body that no client can set: columns of the users table, which
/// the hook, the database or crudauth fills.
pub(super) fn privileged_fields<U: AuthUser>(left: &Inputs) -> Vec<&'static str> {
    let privileged = U::SCHEMA.columns.iter().filter(|it| !matches!(it.fill, Fill::Client(_)));
    let names = privileged.flat_map(|column| {
        let logical = column.logical.map(Logical::name);
        [Some(column.field), Some(column.column), logical].into_iter().flatten()
    });
    names.filter(|name| left.has(name)).collect::<BTreeSet<_>>().into_iter().collect()
}

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
    pub(super) fn from_parts(fields: U::Register, password: Password) -> Self {
        Self { fields, password, data: None, broken_rules: Vec::new() }
    }

    /// The body that crudauth asks for by itself: the fields of the user struct and `password`.
    pub(crate) fn read(inputs: &mut Inputs) -> Option<Self> {
        // The row and the hook each get the fields; their types need not be `Clone`.
        let for_hook = U::Register::read(&mut inputs.again());
        let fields = U::Register::read(inputs);
        let password = inputs.take::<Password>("password");
        let data = for_hook.map(|fields| Box::new(fields) as RegisterData);
        Some(Self { data, ..Self::from_parts(fields?, password?) })
    }

    /// A body of the application's own.
    pub(crate) fn read_schema<S: RegisterSchema<User = U>>(inputs: &mut Inputs) -> Option<Self> {
        let form = Self::from_schema(S::read(inputs)?);
        form.map_err(|mistakes| mistakes.into_iter().for_each(|it| inputs.report(it))).ok()
    }

    pub(super) fn from_schema<S: RegisterSchema<User = U>>(
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
