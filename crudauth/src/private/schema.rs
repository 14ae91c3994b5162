//! What `#[derive(RegisterSchema)]` asks of the user struct, whose fields it cannot see.

use diesel::query_source::Column;
use diesel::sql_types::SqlType;

use super::columns::{Message, Nullability, SqlTypeOf, contains, same};
use crate::password::Password;
use crate::user::{Fill, RegisterInput, UserSchema};

/// A user struct whose sign-up takes a `T` under the name whose number, by [`name`], is `NAME`.
pub trait Sends<const NAME: u64, T> {}

/// A name as a number, which can stand for it in a type (FNV-1a, 64 bits).
#[must_use]
pub const fn name(text: &str) -> u64 {
    let text = text.as_bytes();
    let (mut number, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < text.len() {
        number = (number ^ text[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    number
}

/// Whether nobody can be signed up without a value for the column.
#[must_use]
pub const fn is_required<C: Column>() -> bool
where
    SqlTypeOf<C>: SqlType,
    <SqlTypeOf<C> as SqlType>::IsNull: Nullability,
{
    !<<SqlTypeOf<C> as SqlType>::IsNull as Nullability>::NULLABLE
}

/// The types that a schema may have its password in.
#[diagnostic::on_unimplemented(
    message = "`password` is `crudauth::Password` or `String`",
    label = "not the type of a password"
)]
pub trait SchemaPassword {
    /// The password.
    fn into_password(self) -> Password;
}

#[diagnostic::do_not_recommend]
impl SchemaPassword for Password {
    fn into_password(self) -> Password {
        self
    }
}

#[diagnostic::do_not_recommend]
impl SchemaPassword for String {
    fn into_password(self) -> Password {
        Password::new(self)
    }
}

/// Whether a client of `schema`'s user sends `name` at sign-up.
#[must_use]
pub const fn is_sent(schema: &UserSchema, name: &str) -> bool {
    let mut at = 0;
    while at < schema.columns.len() {
        if let Fill::Client(sent) = schema.columns[at].fill
            && same(sent.as_bytes(), name.as_bytes())
        {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether the user struct could not be derived, which has been reported already.
const fn is_stub(schema: &UserSchema) -> bool {
    schema.columns.is_empty()
}

/// Panics, in const code and so at compile time, if the user struct does not let a client set
/// `name` at sign-up.
#[track_caller]
pub const fn may_be_sent(schema: &UserSchema, body: &str, name: &str) {
    if is_stub(schema) || is_sent(schema, name) {
        return;
    }
    let mut message = Message::new();
    let mut at = 0;
    while at < schema.columns.len() {
        let column = &schema.columns[at];
        at += 1;
        let is_meant = same(column.field.as_bytes(), name.as_bytes())
            || match column.logical {
                Some(logical) => same(logical.name().as_bytes(), name.as_bytes()),
                None => false,
            };
        if !is_meant {
            continue;
        }
        match (column.fill, column.logical) {
            (Fill::Client(sent), _) => message.push_all(&[
                "`",
                schema.user,
                "::",
                name,
                "` is called `",
                sent,
                "` on the wire\n",
                "help: `#[auth(rename = \"",
                sent,
                "\")]`",
            ]),
            (_, Some(_)) => message.push_all(&[
                "`",
                name,
                "` can never be set by the client at sign-up\n",
                "note: crudauth sets it, or your own code after sign-up\n",
                "help: remove it from `",
                body,
                "`, or, if only your new-user hook reads it, ",
                "mark it `#[auth(input_only)]`",
            ]),
            (_, None) => message.push_all(&[
                "`",
                schema.user,
                "` does not let a client set `",
                name,
                "` at sign-up\n",
                "help: mark it `#[auth(register)]` in `",
                schema.user,
                "`\n",
                "help: or, if only your new-user hook reads it, mark it `#[auth(input_only)]` here",
            ]),
        }
        panic!("{}", message.as_str())
    }
    message.push_all(&[
        "`",
        schema.user,
        "` has no field `",
        name,
        "` that sign-up could fill\n",
        "help: if only your new-user hook reads it, mark it `#[auth(input_only)]`",
    ]);
    panic!("{}", message.as_str())
}

/// Panics, in const code and so at compile time, if the user struct stores `name`, which the
/// schema does not pass on.
#[track_caller]
pub const fn is_input_only(schema: &UserSchema, name: &str) {
    if !is_sent(schema, name) {
        return;
    }
    let mut message = Message::new();
    message.push_all(&[
        "`",
        name,
        "` is a sign-up field of `",
        schema.user,
        "`, and `input_only` would drop it\n",
        "help: remove `input_only`, or, if the two are not the same, `rename` this one",
    ]);
    panic!("{}", message.as_str())
}

/// Panics, in const code and so at compile time, if the body has no field for an input that a
/// sign-up needs.
#[track_caller]
pub const fn all_sent(schema: &UserSchema, inputs: &[RegisterInput], body: &str, has: &[&str]) {
    let mut names = Message::new();
    let (mut missing, mut at) = (0, 0);
    while at < inputs.len() {
        let RegisterInput { name, required } = inputs[at];
        at += 1;
        if !required || contains(has, name) {
            continue;
        }
        names.push_all(&[if missing > 0 { ", `" } else { "`" }, name, "`"]);
        missing += 1;
    }
    if missing == 0 {
        return;
    }
    let mut message = Message::new();
    message.push_all(&[
        "`",
        body,
        if missing == 1 { "` has no field " } else { "` has no fields " },
        names.as_str(),
        ", without which no `",
        schema.user,
        "` can sign up\n",
        if missing == 1 {
            "help: add it, with the type that it has in `"
        } else {
            "help: add them, with the types that they have in `"
        },
        schema.user,
        "`",
    ]);
    panic!("{}", message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::{ColumnSchema, Logical};

    const fn column(field: &'static str, logical: Option<Logical>, fill: Fill) -> ColumnSchema {
        ColumnSchema { field, column: field, logical, when: None, fill, scope: None }
    }

    const USER: UserSchema = UserSchema {
        user: "User",
        columns: &[
            column("mail", Some(Logical::Email), Fill::Client("email")),
            column("full_name", None, Fill::Client("fullName")),
            column("admin", Some(Logical::IsSuperuser), Fill::Crudauth),
            column("tier", None, Fill::Provisioned),
        ],
        login: &[],
        recovery: None,
        beside: &[],
    };

    fn refusal(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(check).unwrap_err();
        let message = *panic.downcast::<String>().unwrap();
        message.lines().next().unwrap().to_owned()
    }

    #[test]
    fn what_a_client_sends_is_told_by_its_name_on_the_wire() {
        may_be_sent(&USER, "SignUp", "email");
        may_be_sent(&USER, "SignUp", "fullName");
        let refused = |name: &'static str| refusal(move || may_be_sent(&USER, "SignUp", name));
        assert_eq!(refused("full_name"), "`User::full_name` is called `fullName` on the wire");
        for name in ["admin", "is_superuser"] {
            let fact = format!("`{name}` can never be set by the client at sign-up");
            assert_eq!(refused(name), fact);
        }
        assert_eq!(refused("tier"), "`User` does not let a client set `tier` at sign-up");
        assert_eq!(refused("code"), "`User` has no field `code` that sign-up could fill");
    }

    #[test]
    fn what_is_stored_is_not_dropped() {
        is_input_only(&USER, "code");
        is_input_only(&USER, "tier");
        assert!(refusal(|| is_input_only(&USER, "fullName")).contains("would drop it"));
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        let inputs = &[
            RegisterInput { name: "email", required: true },
            RegisterInput { name: "fullName", required: false },
        ];
        all_sent(&USER, inputs, "SignUp", &["email"]);
        assert_eq!(
            refusal(|| all_sent(&USER, inputs, "SignUp", &["fullName"])),
            "`SignUp` has no field `email`, without which no `User` can sign up"
        );
    }

    #[test]
    fn the_user_struct_that_failed_is_left_alone() {
        let stub = UserSchema { columns: &[], ..USER };
        may_be_sent(&stub, "SignUp", "anything");
        is_input_only(&stub, "anything");
    }

    #[test]
    fn names_have_the_numbers_of_fnv_1a() {
        assert_eq!(name(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name("foobar"), 0x8594_4171_f739_67e8);
    }
}
