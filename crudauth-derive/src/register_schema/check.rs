//! From what is written to a sign-up body.

use proc_macro2::Ident;
use syn::Type;
use syn::ext::IdentExt;

use super::messages;
use super::syntax::Schema;
use crate::diag::Diagnostics;

/// The fields of a sign-up body, all of which have a name on the wire of their own.
pub(super) struct Body<'a> {
    pub(super) password: Input<'a>,
    /// All but the password, in the order of the struct.
    pub(super) inputs: Vec<Input<'a>>,
}

/// A field.
pub(super) struct Input<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    /// Its name on the wire.
    pub(super) name: String,
    /// Not for the row of the user.
    pub(super) input_only: bool,
}

/// The name of the password, always.
const PASSWORD: &str = "password";

/// Checks the struct as written, and turns it into a body or reports every mistake in it.
pub(super) fn check<'a>(schema: &Schema<'a>, diagnostics: &Diagnostics) -> Option<Body<'a>> {
    let mut inputs: Vec<Input<'a>> = Vec::new();
    let mut password = None;
    for field in &schema.fields {
        let mut name = field.ident.unraw().to_string();
        let is_password = name == PASSWORD;
        if is_password {
            for key in &field.keys {
                diagnostics.report(key, messages::password_stays(&key.unraw()));
            }
        } else if let Some(rename) = &field.rename {
            let renamed = rename.value.value();
            if renamed == PASSWORD {
                diagnostics.report(&rename.value, crate::messages::taken_input(PASSWORD));
            } else {
                name = renamed;
            }
        }
        if inputs.iter().any(|earlier| earlier.name == name) {
            diagnostics.report(field.ident, messages::shared_name(&name));
        }
        let input = Input { ident: field.ident, ty: field.ty, name, input_only: field.input_only };
        if is_password {
            password = Some(input);
        } else {
            inputs.push(input);
        }
    }
    if password.is_none() {
        diagnostics.report(schema.ident, messages::no_password(schema.ident));
    }
    Some(Body { password: password?, inputs })
}
