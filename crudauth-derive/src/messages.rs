//! Every text that the derive can say, and no logic besides the choice of words.
//!
//! The voice is rustc's: lower case, no full stop, first the fact and then the way out. `help` is
//! an imperative, `note` a reason. A function has the name of the rule that is broken, and so has
//! the case in `tests/ui/fail` that shows it as the user sees it. What is said of the keys
//! themselves is in `attribute/messages.rs`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Ident, Lifetime};

use crate::diag::{Message, closest, list};
use crate::logical::{Factor, Kind, Logical, Property};
use crate::model::When;
use crate::syntax::Source;

messages! {
    fn no_fields(user: &Ident): "`{user}` has no fields to map to columns";

    fn borrowed_fields(lifetime: &Lifetime): "a user cannot borrow its fields"
        help "use `String` in place of `&{lifetime} str`";

    fn self_in_type(user: &Ident): "write `{user}` instead of `Self` here"
        note "the generated checks live outside the struct";

    fn not_a_column_name(value: &str): "`\"{value}\"` is not a column name that Diesel can generate"
        help "use the name on the left side of `->` in `table!` \
              (rename the column there with `#[sql_name]`)";

    fn no_table(user: &Ident): "`{user}` does not say which table it is a row of"
        help "add `#[diesel(table_name = users)]`";

    fn two_tables(): "a user is a row of one table, but two are named"
        help "keep one and derive a second struct for the other";

    fn two_columns(field: &str, ours: &Ident, diesels: &Ident):
        "`{field}` is mapped to two columns: `{ours}` here and `{diesels}` in `#[diesel(column_name)]`"
        help "keep `#[diesel(column_name = ..)]`; `#[auth(column)]` then is not needed";

    fn shared_column(first: &str, second: &str, column: &str):
        "`{first}` and `{second}` both map to column `{column}`"
        help "remove one field, or give it its own column";

    fn not_the_key(column: &str, table: &str):
        "`id` is mapped to `{column}`, but that is not the primary key of `{table}`"
        note "sessions and tokens store the primary key, which must be one column";

    /// The runtime adds what the column is, and which type fits it.
    fn unreadable(field: &str, column: &str, ty: &str):
        "field `{field}` cannot be read from column `{column}` as `{ty}`";

    fn shows_secret(user: &Ident, field: &str):
        "`{user}` can be serialized, and with it `{field}`, which no client may see"
        note "`Json(me.user)` would send it"
        help "write `#[serde(skip_serializing)]` on `{field}`, or remove `Serialize` and answer with \
              `crudauth::answers` or a struct of your own";

    fn declared_twice(logical: Logical, first: &str, second: &str, marked: &str):
        "two fields are the logical field `{logical}`: `{first}` and `{second}`"
        help "remove `logical = \"{logical}\"` from `{marked}`";

    /// More than one word.
    fn two_whens(): "a column holds one thing where its flag is true, but `when` lists two"
        help "keep one of `false`, `null`, `not_null` and `past`";

    fn unknown_when(word: &Ident): "`when` knows no `{word}`"
        help "write `when(false)`, `when(null)`, `when(not_null)` or `when(past)`";

    fn when_of_no_flag(field: &str):
        "`when` says what makes a flag true, but `{field}` is no flag of crudauth's"
        help "say which: `#[auth(logical = \"is_active\", when(..))]`";

    fn compared_with_the_clock(flag: Logical): "`{flag}` cannot depend on the clock"
        help "of the flags, `is_active` can: `#[auth(logical = \"is_active\", when(past))]`";

    fn misleading_name(field: &str, logical: Logical): "field `{field}` is declared as `{logical}`"
        note "every reader will take `{field}` for the logical field of that name"
        help "rename the field";

    /// A second field that says `tenant`.
    fn two_tenants(first: &str, second: &str):
        "two fields say which tenant a user is of: `{first}` and `{second}`"
        help "keep `tenant` on one of them";

    fn tenant_of_a_role(field: &str, role: Logical):
        "`{field}` is the logical field `{role}`, and cannot say which tenant a user is of too"
        help "mark a field of its own, such as `tenant_id: i32`";

    fn tenant_is_deleted(field: &str):
        "`{field}` says which tenant a user is of, and cannot say which rows are deleted too"
        help "remove `soft_delete`";

    /// A field that says `tenant` and what fills it.
    fn tenant_is_told(field: &str, source: Source):
        "crudauth fills `{field}` at sign-up, with the tenant that the request is for"
        help "remove `{source}`; `Builder::tenant` says which tenant a request is for";

    fn optional_tenant(field: &str): "a user is of one tenant, but `{field}` may be NULL"
        help "make the column NOT NULL, and the field no `Option`";

    /// A second field that says `soft_delete`.
    fn two_soft_deletes(first: &str, second: &str):
        "two fields say which rows are deleted: `{first}` and `{second}`"
        help "keep `soft_delete` on one of them";

    fn soft_delete_of_a_role(field: &str, role: Logical):
        "`{field}` is the logical field `{role}`, and cannot say which rows are deleted too"
        note "a deleted row is not there: nobody signs in by it, and all that its user holds ends"
        help "keep one: `logical` if the user only may not sign in, `soft_delete` if the names are free";

    /// A field that says `soft_delete` and what fills it.
    fn soft_delete_is_written(field: &str, source: Source):
        "crudauth fills `{field}` at sign-up: a new row is not deleted"
        help "remove `{source}`";

    fn soft_delete_by_type(ty: &str): "`{ty}` does not say whether a row is deleted"
        help "make it `Option<..>`, which is NULL where the row counts, or `bool`, which is false there";

    /// For a type that only the compiler knows.
    fn unusable_id(ty: &str): "`{ty}` cannot identify a user"
        help "it needs `Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync`"
        note "the id travels in sessions and tokens; enable the `serde` feature of its crate";

    /// Nothing makes the id of a new user.
    fn no_new_id(ty: &str): "nothing makes a `{ty}` for a new user"
        help "if the database fills it: `#[auth(default)]`"
        help "if your new-user hook fills it: `#[auth(provisioned)]`"
        help "or implement `crudauth::user::NewId` for `{ty}`";

    fn unverified_recovery(factor: Factor, flag: Logical):
        "recovery by `{factor}` needs the logical field `{flag}`"
        help "add `{flag}: bool`, or mark the field that holds it with `#[auth(logical = \"{flag}\")]`";

    /// The factor itself is missing.
    fn recovery_by_nothing(user: &Ident, factor: Factor):
        "recovery by `{factor}` needs the field `{factor}`"
        help "add `{factor}: Option<String>` to `{user}`, or write `recovery(none)`";

    /// The factor holds no text. (Of `email`, [`wrong_type`] says so.)
    fn recovery_by_no_text(factor: Factor, ty: &str):
        "recovery by `{factor}` needs text, but `{factor}` is of type `{ty}`"
        help "make it `String` or `Option<String>`";

    fn unknown_factor(name: &Ident): "a user cannot be reached by `{name}` to recover an account"
        help "write `recovery(email)`, `recovery(phone)` or `recovery(none)`";

    fn two_factors(): "an account is recovered by one factor, but two are named"
        help "keep one of `email`, `phone` and `none`";

    /// The field is a logical field of another name.
    fn login_by_field_name(name: &Ident, logical: Logical):
        "in `login(..)`, `{name}` is called by its logical name `{logical}`"
        help "write `login({logical})`";

    /// For a field that nobody has named in `login(..)`.
    fn login_by_optional(name: &str): "not everybody can log in by `{name}`, which may be absent"
        help "make it `String` and the column NOT NULL, or name what users log in by"
        help "if that is `{name}`, for those who have one: `#[auth(login({name}))]`";

    /// For a type that only the compiler knows.
    fn login_by_no_text(field: &str, ty: &str):
        "`{field}` does not identify anyone, as it is of type `{ty}`"
        help "log in by a unique text column";

    fn login_by_anything(name: &Ident): "`{name}` does not identify anyone"
        help "log in by a unique text column";

    /// A name in `without(..)` that cannot be given up.
    fn cannot_give_up(name: &Ident): "`{name}` cannot be given up"
        help "`without(..)` takes `is_active`, `token_version` and `second_factor`";

    /// `without(second_factor)` on a struct that maps none of its columns.
    fn no_second_factor(user: &Ident): "`{user}` maps no second factor to do without"
        help "remove `second_factor` from `without(..)`";

    /// A name in `without(..)` that the struct has.
    fn given_up_but_there(user: &Ident, name: &Ident): "`{name}` is given up, but `{user}` has it"
        help "remove `{name}` from `without(..)`";

    /// A name in `beside(..)` of what cannot be kept there.
    fn cannot_be_beside(name: &Ident): "`{name}` cannot be kept beside the table"
        help "`beside(..)` takes `token_version`, `is_active`, `email_verified` and `second_factor`";

    /// A name in `beside(..)` that the struct has.
    fn beside_but_there(user: &Ident, name: &Ident):
        "`{name}` is kept beside the table, but `{user}` has it"
        help "remove `{name}` from `beside(..)`";

    /// `beside(second_factor)` on a struct with a column of one.
    fn two_places(user: &Ident, column: &str):
        "second factors of `{user}` have two places: the column `{column}` and crudauth's table"
        help "remove the four columns of the second factor from `{user}`, or `second_factor` from `beside(..)`";

    /// A name in `beside(..)` and in `without(..)`.
    fn beside_but_given_up(name: &Ident): "`{name}` is kept beside the table, and given up"
        help "remove `{name}` from `without(..)`";

    /// A field that seems to be what is kept beside the table. A warning.
    fn not_asked(field: &str, logical: Logical):
        "`{field}` is not asked, as `{logical}` is kept beside the table"
        help "if it says `{logical}`, mark it with `#[auth(logical = \"{logical}\")]` and remove `{logical}` from `beside(..)`";

    /// `beside(email_verified)` where there is no address.
    fn verifies_nothing(user: &Ident): "`{user}` has no `email` that could be verified"
        help "remove `email_verified` from `beside(..)`, or mark the address with `#[auth(logical = \"email\")]`";

    /// A field of the application that users log in by.
    fn login_is_sent(field: &str, source: Source):
        "`{field}` is sent by the client at sign-up, since users log in by it"
        help "remove `{source}`, or remove `{field}` from `login(..)`";

    fn always_sent(name: &str): "`{name}` is always part of sign-up"
        help "remove `register`";

    fn taken_input(name: &str): "sign-up already has an input named `{name}`"
        help "rename it on the wire: `#[auth(register, rename = \"..\")]`";

    fn renames_nothing(field: &str): "`rename` names a sign-up input, but `{field}` is not one"
        help "add `register`, or remove `rename`";

    fn unwritable(ty: &str, column: &str): "`{ty}` cannot be written to column `{column}`"
        help "implement Diesel's `ToSql` for it";

    fn serde_rename(): "`#[serde(rename)]` does not change the sign-up input"
        help "use `#[auth(register, rename = \"..\")]`";
}

pub(crate) fn generic_type(params: &[String]) -> Message {
    let (names, verb) = (params.join(", "), if params.len() == 1 { "has" } else { "have" });
    let quoted = list(params.iter().map(String::as_str), "and");
    Message::new("`AuthUser` cannot be derived for a generic type")
        .note(format!("the derive names concrete columns, so {quoted} {verb} nothing to stand for"))
        .help(format!("remove `<{names}>`, or derive on a concrete wrapper"))
}

pub(crate) fn detour(field: &str, key: &Ident) -> Message {
    let message = Message::new(format!("field `{field}` must map straight to one column"));
    if key == "embed" {
        message.help("remove `#[diesel(embed)]` and list the columns as fields of the struct")
    } else {
        message.help(format!("remove `{key}` and move the conversion into the field's type"))
    }
}

/// A path in `#[diesel(check_for_backend(..))]` whose last name is not that of a backend.
pub(crate) fn unknown_backend(path: &TokenStream) -> Message {
    let path = path.to_string().replace(" :: ", "::").replace(":: ", "::");
    Message::new(format!("crudauth knows no backend `{path}`")).help(
        "name `diesel::sqlite::Sqlite`, `diesel::pg::Pg` or `diesel::mysql::Mysql` here, \
         not an alias",
    )
}

pub(crate) fn missing(user: &Ident, logical: Logical, near: Option<&str>) -> Message {
    let message = Message::new(format!("no field of `{user}` is the logical field `{logical}`"));
    let message = match near {
        Some(near) if closest(near, [logical.name()]).is_some() => {
            message.help(format!("field `{near}` has a similar name"))
        }
        Some(near) => message.help(format!("if `{near}` holds it, mark it so")),
        None => message,
    };
    let ty = logical.row().suggested_type;
    let message = message.help(format!(
        "add `{logical}: {ty}`, or mark the field that holds it with `#[auth(logical = \"{logical}\")]`"
    ));
    let loss = match logical {
        Logical::IsActive => "accounts then cannot be disabled",
        Logical::TokenVersion => {
            "there are then no bearer tokens, and your own code cannot end sessions by adding 1 to it"
        }
        _ => return message,
    };
    let message = message.help(format!(
        "or have crudauth keep it in a table of its own: `#[auth(beside({logical}))] struct {user}`"
    ));
    message.help(format!("or give it up with `#[auth(without({logical}))] struct {user}`: {loss}"))
}

/// `meant` is a field that users could log in by, had it the name of its logical field.
pub(crate) fn no_login(user: &Ident, meant: Option<(String, Logical)>) -> Message {
    let message = Message::new(format!("`{user}` has no field to log in by"));
    let message = match meant {
        Some((field, logical)) => message
            .help(format!("if `{field}` is it, mark it with `#[auth(logical = \"{logical}\")]`")),
        None => message.help("add `email: String` or `username: String`"),
    };
    message.help("or name a unique text field of your own: `#[auth(login(handle))]`")
}

pub(crate) fn unknown_logical(name: &str, near: Option<Logical>) -> Message {
    let message = Message::new(format!("crudauth has no logical field `{name}`"));
    if let Some(near) = near {
        return message.help(format!("a logical field with a similar name exists: `{near}`"));
    }
    if let Some(meant) = Logical::from_other_name(name) {
        return message.help(format!("the logical field of that meaning is `{meant}`"));
    }
    if name.ends_with("_id") {
        return message.help(
            "a link to another provider needs no field, as crudauth keeps it in a table of its own; \
             for a field of your own, remove `logical`",
        );
    }
    message.help(
        "the documentation of `crudauth::AuthUser` lists the logical fields; for a field of your \
         own, remove `logical`",
    )
}

pub(crate) fn wrong_type(logical: Logical, ty: &str) -> Message {
    let (expected, reason) = match logical.kind() {
        Kind::Id => {
            return Message::new(format!("`{ty}` cannot identify a user")).note(
                "the id travels in sessions and tokens as text: \
                 an integer, a `String` or a `uuid::Uuid` can",
            );
        }
        Kind::Text => ("`String` or `Option<String>`", "it is stored and compared as text"),
        Kind::OptionalText if logical.is_link() => (
            "`Option<String>`",
            "a provider's id of an account is stored as text, even where it is a number, and NULL without a link",
        ),
        Kind::OptionalText => ("`Option<String>`", "it is NULL until there is one"),
        Kind::Flag => (
            "`bool`, a type that implements `crudauth::user::UserFlag`, or with `when(..)` a moment",
            "what is unknown must never count as granted; make the column NOT NULL",
        ),
        Kind::Epoch => ("`i32` or `i64`", "a reset adds 1 to end every older token"),
        Kind::Step => ("`Option<i64>` or `Option<i32>`", "it is NULL until a code has been used"),
        Kind::Moment => ("a timestamp", "it holds a moment in time"),
        Kind::OptionalMoment => ("`Option` of a timestamp", "it is NULL until the moment has come"),
    };
    Message::new(format!("the logical field `{logical}` cannot be of type `{ty}`"))
        .help(format!("expected {expected}"))
        .note(reason)
}

pub(crate) fn needs_partners(logical: Logical, partners: &[Logical]) -> Message {
    let names = list(partners.iter().map(|partner| partner.name()), "and");
    let plural = if partners.len() == 1 { "" } else { "s" };
    let declaration = |partner: &Logical| format!("{partner}: {}", partner.row().suggested_type);
    let declarations: Vec<_> = partners.iter().map(declaration).collect();
    let declarations = list(declarations.iter().map(String::as_str), "and");
    let message = Message::new(format!("`{logical}` needs the logical field{plural} {names}"))
        .help(format!("add {declarations}, or remove `{logical}`"));
    if !Logical::TOTP.contains(&logical) {
        return message;
    }
    message.help(
        "or have crudauth keep second factors in a table of its own, without the columns: \
         `#[auth(beside(second_factor))]`",
    )
}

pub(crate) fn login_by_nothing(user: &Ident, name: &Ident, usable: &[String]) -> Message {
    let message =
        Message::new(format!("users cannot log in by `{name}`: `{user}` has no such field"));
    if usable.is_empty() {
        message.help("add a unique text field of that name")
    } else {
        let usable = list(usable.iter().map(String::as_str), "and");
        message.help(format!("fields usable here: {usable}"))
    }
}

pub(crate) fn client_sets_logical(field: &str, logical: Logical) -> Message {
    let fact = match logical {
        _ if field != logical.name() => {
            format!("`{field}` is the logical field `{logical}`, which the client can never set")
        }
        Logical::Id => "`id` is chosen by the database, not by the client".to_owned(),
        Logical::HashedPassword => {
            "`hashed_password` is never sent: sign-up takes `password` and hashes it".to_owned()
        }
        _ => format!("`{logical}` can never be set by the client at sign-up"),
    };
    advise_on_privilege(Message::new(fact), logical, "register")
}

/// A field of the application.
pub(crate) fn sets_privileged_column(field: &str, logical: Logical, key: &Ident) -> Message {
    let fact = format!("`{field}` lives in the column `{logical}`, which is crudauth's to set");
    advise_on_privilege(Message::new(fact), logical, &key.to_string())
}

fn advise_on_privilege(message: Message, logical: Logical, key: &str) -> Message {
    match logical {
        Logical::IsSuperuser => message
            .note("it would let anyone sign up as an administrator")
            .help(format!("remove `{key}`; grant it from your own code after sign-up")),
        Logical::EmailVerified | Logical::FactorVerified => message
            .note("it would let anyone claim an address that is not theirs")
            .help(format!("remove `{key}`")),
        _ => message.help(format!("remove `{key}`")),
    }
}

pub(crate) fn two_sources(field: &str, first: Source, second: Source) -> Message {
    let mut pair = [first, second];
    pair.sort_by_key(|source| *source as u8);
    let [first, second] = pair;
    let (one, other) = (first.chooser(), second.chooser());
    Message::new(format!("`{field}` has two sources at sign-up: `{first}` and `{second}`"))
        .help(format!("keep `{first}` if {one}, `{second}` if {other}"))
}

/// The client never sends the field.
pub(crate) fn renames_logical(logical: Logical) -> Message {
    Message::new(format!("`rename` names a sign-up input, but `{logical}` is never one"))
        .help("remove `rename`")
}

pub(crate) fn not_yours_to_fill(logical: Logical, source: Source) -> Message {
    let fact = match source {
        Source::Provisioned if logical.is(Property::Identifies) => {
            format!("`{logical}` is sent by the client, not set by your new-user hook")
        }
        Source::Provisioned => {
            format!("`{logical}` is set by crudauth, not by your new-user hook")
        }
        _ => format!("`{logical}` cannot be left to a database default"),
    };
    Message::new(fact).help(format!("remove `{source}`"))
}

pub(crate) fn unsendable(field: &str, ty: &str, registered: bool) -> Message {
    let or_else = if registered { ", or remove `register`" } else { "" };
    Message::new(format!("`{field}` is sent at sign-up, but `{ty}` cannot be deserialized"))
        .help(format!("add `#[derive(serde::Deserialize)]` to `{ty}`{or_else}"))
}

pub(crate) fn unfilled(column: &str, carries_power: bool) -> Message {
    let message = Message::new(format!(
        "column `{column}` is NOT NULL, but nothing fills it when a user signs up"
    ))
    .help("fill it in your new-user hook: `#[auth(provisioned)]`")
    .help("or leave it to the column's DEFAULT: `#[auth(default)]`")
    .help("or make the column nullable and the field an `Option`");
    // Do not advise what the derive would refuse.
    if carries_power {
        return message;
    }
    message.help("or let the client choose it, if anybody may: `#[auth(register)]`")
}

pub(crate) fn chooses_power(field: &str, column: &str) -> Message {
    let named = if field == column {
        "and a field of that name usually carries power".to_owned()
    } else {
        format!("and with the column `{column}` it usually carries power")
    };
    Message::new(format!("anybody could choose `{field}` at sign-up, {named}"))
        .help("let the server fill it: `#[auth(provisioned)]` or `#[auth(default)]`")
        .help("if a client may choose it, insist: `#[auth(register(reviewed))]`")
}

/// `name` says the opposite, so `when` is probably what the column must hold.
pub(crate) fn speaks_against(
    message: Message,
    name: &str,
    logical: Logical,
    when: When,
) -> Message {
    let when = when.name();
    message.help(format!(
        "or, as `{name}` says the opposite, mark it with \
         `#[auth(logical = \"{logical}\", when({when}))]`"
    ))
}

/// `when(..)` asks about a moment.
pub(crate) fn not_a_moment(when: When, ty: &str, is_bool: bool) -> Message {
    let when = when.name();
    let message =
        Message::new(format!("`when({when})` needs an optional moment, but this is `{ty}`"));
    if is_bool {
        message.help("for a `bool` that is true where the flag is false: `when(false)`")
    } else {
        message.help("make it an `Option` of a timestamp, and the column nullable")
    }
}

/// An optional type plays `is_active`, and `when` is what it probably means.
pub(crate) fn ambiguous_moment(field: &str, when: When) -> Message {
    let when = when.name();
    Message::new(format!("`{field}` may be NULL, but what that means for `is_active` is not said"))
        .help(format!("say what it holds where a user may sign in, probably `when({when})`"))
        .note(
            "`when(null)` is no moment, `when(not_null)` a moment, \
             and `when(past)` no moment or one that has come",
        )
}

/// An optional type with `when(true)` or `when(false)`.
pub(crate) fn optional_value(when: When, field: &str) -> Message {
    let opposite = if when == When::False { When::Null } else { When::NotNull };
    let (when, opposite) = (when.name(), opposite.name());
    Message::new(format!(
        "`when({when})` is of a value that is always there, but `{field}` may be NULL"
    ))
    .help(format!("for a moment: `when({opposite})`"))
}

pub(crate) fn inverted_twice(logical: Logical, when: When, name: &str) -> Message {
    let when = when.name();
    Message::new(format!("`{name}` says the same as `{logical}`, and `when({when})` the opposite"))
        .note(format!("`{logical}` would be true exactly where `{name}` says that it is not"))
        .help(format!("remove `when({when})`"))
}

/// The fields `written` and `other` make `is_active` together.
pub(crate) fn closes_by_deletion(written: &str, other: &str) -> Message {
    Message::new(format!("to deactivate a user would be to write `{written}`"))
        .note("of several fields that make `is_active`, crudauth writes the first")
        .help(format!("put `{other}` before `{written}`"))
}

pub(crate) fn opposite(logical: Logical, name: &str, when: When) -> Message {
    let (truth, consequence) = match logical {
        Logical::IsActive => ("a user may sign in", "exactly the others could sign in"),
        _ => ("the user has proved it", "exactly the others would count as proved"),
    };
    Message::new(format!("`{name}` says the opposite of `{logical}`"))
        .note(format!(
            "`{logical}` is true where {truth}; with `{name}` in its place {consequence}"
        ))
        .help(format!("say so: `#[auth(logical = \"{logical}\", when({}))]`", when.name()))
}

pub(crate) fn default_of_a_field(user: &Ident, column: &Ident, field: &str) -> Message {
    let fact = if column.unraw() == field {
        format!("`{column}` is a field of `{user}`")
    } else {
        format!("`{column}` is the column of field `{field}`")
    };
    Message::new(fact).help("write `#[auth(default)]` on it")
}

impl Source {
    fn chooser(self) -> &'static str {
        match self {
            Self::Register => "the client chooses it",
            Self::Default => "the database does",
            Self::Provisioned => "your new-user hook does",
        }
    }
}
