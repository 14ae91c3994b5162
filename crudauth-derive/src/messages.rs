//! Every text that the derive can say, and no logic besides the choice of words.
//!
//! The voice is rustc's: lower case, no full stop, first the fact and then the way out. `help` is
//! an imperative, `note` a reason. A number such as C41 names the rule that is broken; the case
//! `tests/ui/fail/*/c41_*.rs` shows it as the user sees it.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Ident, Lifetime, LitStr, Path};

use crate::diag::{Message, closest, list};
use crate::keys::{FieldKey, Key, Level, StructKey};
use crate::logical::{Factor, Kind, Logical};
use crate::syntax::Source;

// ---------------------------------------------------------------------------------- shape

/// C01, C02.
pub(crate) fn not_a_struct(what: &str) -> Message {
    Message::new(format!("`AuthUser` cannot be derived for {what}"))
        .help("a user is one row of one table; derive it on the struct that models the row")
}

/// C03.
pub(crate) fn unnamed_fields() -> Message {
    Message::new("`AuthUser` needs named fields")
        .help("give each field the name of its column, as in `struct User { id: i32, .. }`")
}

/// C04.
pub(crate) fn no_fields(user: &Ident) -> Message {
    Message::new(format!("`{user}` has no fields to map to columns"))
}

/// C05.
pub(crate) fn generic_type(params: &[String]) -> Message {
    let (names, verb) = (params.join(", "), if params.len() == 1 { "has" } else { "have" });
    let quoted = list(params.iter().map(String::as_str), "and");
    Message::new("`AuthUser` cannot be derived for a generic type")
        .note(format!("the derive names concrete columns, so {quoted} {verb} nothing to stand for"))
        .help(format!("remove `<{names}>`, or derive on a concrete wrapper"))
}

/// C06.
pub(crate) fn borrowed_fields(lifetime: &Lifetime) -> Message {
    Message::new("a user cannot borrow its fields")
        .help(format!("use `String` in place of `&{lifetime} str`"))
}

/// C07.
pub(crate) fn self_in_type(user: &Ident) -> Message {
    Message::new(format!("write `{user}` instead of `Self` here"))
        .note("the generated checks live outside the struct")
}

// ----------------------------------------------------------------------- attribute syntax

/// C08.
pub(crate) fn no_keys(level: Level) -> Message {
    let example = match level {
        Level::Struct => StructKey::Login.example(),
        Level::Field => FieldKey::Register.example(),
    };
    Message::new("expected `#[auth(..)]` with at least one key")
        .help(format!("remove the attribute, or write e.g. `#[auth({example})]`"))
}

/// C08, for an item that does not begin with a name.
pub(crate) fn not_a_key<K: Key>(found: &TokenStream) -> Message {
    let message = Message::new(format!("expected a key, found `{found}`"));
    let quoted = syn::parse2::<LitStr>(found.clone()).ok();
    match quoted.and_then(|literal| K::from_name(&literal.value())) {
        Some(key) => message.help(format!("write it without quotes: `#[auth({})]`", key.example())),
        None => message.help(accepted::<K>()),
    }
}

/// C08, where two items have grown together.
pub(crate) fn missing_comma(before: &str, found: &TokenTree) -> Message {
    Message::new(format!("expected `,` after `{before}`, found `{found}`"))
        .help("separate the keys: `#[auth(register, column = \"full_name\")]`")
}

/// C09 and C10, with the key that was probably meant.
pub(crate) fn unknown_key<K: Key>(name: &str) -> (Message, Option<K>) {
    let moved = match K::LEVEL {
        Level::Struct => FieldKey::from_name(name).map(|key| {
            Message::new(format!("`{name}` belongs on a field, not on the struct")).help(format!(
                "move it to the field: `#[auth({})] {}`",
                key.example(),
                field_for(key)
            ))
        }),
        Level::Field => StructKey::from_name(name).map(|key| {
            Message::new(format!("`{name}` belongs on the struct, not on a field"))
                .help(format!("move it: `#[auth({})] struct User`", key.example()))
        }),
    };
    if let Some(message) = moved {
        return (message, None);
    }
    let level = match K::LEVEL {
        Level::Struct => "struct",
        Level::Field => "field",
    };
    let message = Message::new(format!("`#[auth]` has no {level} key `{name}`"));
    match closest(name, K::names()) {
        Some(meant) => (
            message.help(format!("a key with a similar name exists: `{meant}`")),
            K::from_name(meant),
        ),
        None => match elsewhere::<K>(name).or_else(|| habit::<K>(name)) {
            Some(meant) => (message.help(meant), None),
            None => (message.help(accepted::<K>()), None),
        },
    }
}

/// A key of the other level that the name is near to.
fn elsewhere<K: Key>(name: &str) -> Option<String> {
    match K::LEVEL {
        Level::Struct => closest(name, FieldKey::names())
            .map(|meant| format!("a field has a key with a similar name: `{meant}`")),
        Level::Field => closest(name, StructKey::names())
            .map(|meant| format!("the struct has a key with a similar name: `{meant}`")),
    }
}

/// What people write who know other derives, or another one of this crate.
fn habit<K: Key>(name: &str) -> Option<String> {
    Some(match (K::LEVEL, name) {
        (Level::Struct, "table" | "table_name") => {
            "say it to Diesel: `#[diesel(table_name = users)]`".to_owned()
        }
        (Level::Struct, "rename_all") => {
            "rename each input: `#[auth(register, rename = \"fullName\")]` on its field".to_owned()
        }
        (Level::Struct, "user") | (Level::Field, "input_only") => {
            format!("`{name}` is a key of `RegisterSchema`, for a sign-up body of your own")
        }
        (Level::Field, "skip" | "skip_register" | "readonly" | "read_only") => {
            "without `register`, a client cannot set the field".to_owned()
        }
        (Level::Field, _) => {
            let meant = Logical::from_name(name).or_else(|| Logical::from_other_name(name))?;
            let meant = meant.name();
            format!("if the field is the logical field `{meant}`: `#[auth(logical = \"{meant}\")]`")
        }
        _ => return None,
    })
}

fn accepted<K: Key>() -> String {
    let names = list(K::names(), "and");
    match K::LEVEL {
        Level::Struct => format!("the struct accepts {names}"),
        Level::Field => format!("a field accepts {names}"),
    }
}

fn field_for(key: FieldKey) -> &'static str {
    match key {
        FieldKey::Column | FieldKey::Logical => "hashed_password: String",
        FieldKey::Register | FieldKey::Rename => "full_name: Option<String>",
        FieldKey::Default => "plan: String",
        FieldKey::Provisioned => "tier_id: i32",
    }
}

/// C11.
pub(crate) fn given_twice(key: &str, owner: &str) -> Message {
    Message::new(format!("`{key}` is given twice for `{owner}`")).help("remove one")
}

/// C12.
pub(crate) fn takes_no_value(key: &Ident) -> Message {
    let message = Message::new(format!("`{key}` takes no value"));
    if key == "register" {
        message
            .help("write `#[auth(register)]`, or leave it out to refuse the field at sign-up")
            .help("for a name that usually carries power, insist: `#[auth(register(reviewed))]`")
    } else {
        message.help(format!("write `#[auth({key})]`, or leave it out"))
    }
}

/// C13.
pub(crate) fn needs_value(key: FieldKey) -> Message {
    Message::new(format!("`{}` needs a value", key.name()))
        .help(format!("write `#[auth({})]`", key.example()))
}

/// C14, for a name that only lacks its quotes.
pub(crate) fn unquoted(key: FieldKey, found: &Path) -> Message {
    let message = Message::new(format!(
        "`{}` expects {}, found a name without quotes",
        key.name(),
        key.value_kind()
    ));
    let named = found.segments.last().map(|last| last.ident.unraw().to_string());
    message.help(format!("write `{} = \"{}\"`", key.name(), named.unwrap_or_default()))
}

/// C14.
pub(crate) fn wrong_value(key: FieldKey, found: &str) -> Message {
    Message::new(format!("`{}` expects {}, found {found}", key.name(), key.value_kind()))
        .help(format!("write `#[auth({})]`", key.example()))
}

/// C13 and C14, for a key that takes a list.
pub(crate) fn needs_names(key: StructKey) -> Message {
    let names = match key {
        StructKey::Recovery => "`email`, `phone` or `none` in parentheses",
        StructKey::DbDefault => "a list of columns in parentheses",
        _ => "a list of fields in parentheses",
    };
    Message::new(format!("`{}` expects {names}", key.name()))
        .help(format!("write `#[auth({})]`", key.example()))
}

/// C14, for one item of a list.
pub(crate) fn not_a_name(key: StructKey, found: &TokenStream) -> Message {
    Message::new(format!("`{}` lists names, found `{found}`", key.name()))
        .help(format!("write names without quotes: `#[auth({})]`", key.example()))
}

/// C11, inside a list.
pub(crate) fn listed_twice(key: StructKey, name: &Ident) -> Message {
    Message::new(format!("`{name}` is given twice in `{}(..)`", key.name())).help("remove one")
}

/// C15.
pub(crate) fn not_a_column_name(value: &str) -> Message {
    Message::new(format!("`\"{value}\"` is not a column name that Diesel can generate")).help(
        "use the name on the left side of `->` in `table!` \
         (rename the column there with `#[sql_name]`)",
    )
}

/// C14, for `crate`.
pub(crate) fn needs_path(key: StructKey) -> Message {
    Message::new(format!("`{}` expects a path without quotes", key.name()))
        .help(format!("write `#[auth({})]`", key.example()))
}

/// C16.
pub(crate) fn relative_path() -> Message {
    Message::new("the path to `crudauth` must be absolute")
        .help("write `::my_reexport::crudauth` or `crate::deps::crudauth`")
}

// ----------------------------------------------------------------------------- Diesel side

/// C17.
pub(crate) fn no_table(user: &Ident) -> Message {
    Message::new(format!("`{user}` does not say which table it is a row of"))
        .help("add `#[diesel(table_name = users)]`")
}

/// C18.
pub(crate) fn two_tables() -> Message {
    Message::new("a user is a row of one table, but two are named")
        .help("keep one and derive a second struct for the other")
}

/// C19.
pub(crate) fn two_columns(field: &str, ours: &Ident, diesels: &Ident) -> Message {
    Message::new(format!(
        "`{field}` is mapped to two columns: `{ours}` here and `{diesels}` in \
         `#[diesel(column_name)]`"
    ))
    .help("keep `#[diesel(column_name = ..)]`; `#[auth(column)]` then is not needed")
}

/// C22.
pub(crate) fn shared_column(first: &str, second: &str, column: &str) -> Message {
    Message::new(format!("`{first}` and `{second}` both map to column `{column}`"))
        .help("remove one field, or give it its own column")
}

/// C23.
pub(crate) fn detour(field: &str, key: &Ident) -> Message {
    let message = Message::new(format!("field `{field}` must map straight to one column"));
    if key == "embed" {
        message.help("remove `#[diesel(embed)]` and list the columns as fields of the struct")
    } else {
        message.help(format!("remove `{key}` and move the conversion into the field's type"))
    }
}

/// A path in `#[diesel(check_for_backend(..))]` that says no backend by its name.
pub(crate) fn unknown_backend(path: &TokenStream) -> Message {
    let path = path.to_string().replace(" :: ", "::").replace(":: ", "::");
    Message::new(format!("crudauth knows no backend `{path}`")).help(
        "name `diesel::sqlite::Sqlite`, `diesel::pg::Pg` or `diesel::mysql::Mysql` here, \
         not an alias",
    )
}

// -------------------------------------------------------------------------- logical fields

/// C25.
pub(crate) fn not_the_key(column: &str, table: &str) -> Message {
    Message::new(format!(
        "`id` is mapped to `{column}`, but that is not the primary key of `{table}`"
    ))
    .note("sessions and tokens store the primary key, which must be one column")
}

/// C27.
pub(crate) fn unreadable(field: &str, column: &str, ty: &str) -> Message {
    Message::new(format!("field `{field}` cannot be read from column `{column}` as `{ty}`"))
        .note("a nullable column needs `Option<_>`, a NOT NULL column the bare type")
        .note("a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct")
}

/// C28.
pub(crate) fn missing(user: &Ident, logical: Logical, near: Option<&str>) -> Message {
    let name = logical.name();
    let mut message = Message::new(format!("no field of `{user}` is the logical field `{name}`"));
    if let Some(near) = near {
        if closest(near, [name]).is_some() {
            message = message.help(format!("field `{near}` has a similar name"));
        } else {
            message = message.help(format!("if `{near}` holds it, mark it so"));
        }
    }
    message = message.help(format!(
        "add `{name}: {}`, or mark the field that holds it with `#[auth(logical = \"{name}\")]`",
        logical.suggested_type()
    ));
    if logical.can_be_given_up() {
        let loss = if logical == Logical::IsActive {
            "accounts then cannot be disabled"
        } else {
            "tokens then outlive a change of password"
        };
        message = message
            .help(format!("or give it up with `#[auth(without({name}))] struct {user}`: {loss}"));
    }
    message
}

/// C28, where no field can be logged in by. One may only be called otherwise.
pub(crate) fn no_login(user: &Ident, meant: Option<(String, Logical)>) -> Message {
    let message = Message::new(format!("`{user}` has no field to log in by"));
    let message = match meant {
        Some((field, logical)) => message.help(format!(
            "if `{field}` is it, mark it with `#[auth(logical = \"{}\")]`",
            logical.name()
        )),
        None => message.help("add `email: String` or `username: String`"),
    };
    message.help("or name a unique text field of your own: `#[auth(login(handle))]`")
}

/// C29.
pub(crate) fn declared_twice(logical: Logical, first: &str, second: &str, marked: &str) -> Message {
    let name = logical.name();
    Message::new(format!("two fields are the logical field `{name}`: `{first}` and `{second}`"))
        .help(format!("remove `logical = \"{name}\"` from `{marked}`"))
}

/// C30.
pub(crate) fn unknown_logical(name: &str, near: Option<Logical>) -> Message {
    let message = Message::new(format!("crudauth has no logical field `{name}`"));
    if let Some(near) = near {
        let near = near.name();
        return message.help(format!("a logical field with a similar name exists: `{near}`"));
    }
    if let Some(meant) = Logical::from_other_name(name) {
        return message.help(format!("the logical field of that meaning is `{}`", meant.name()));
    }
    message.help(
        "the documentation of `crudauth::AuthUser` lists the logical fields; for a field of your \
         own, remove `logical`",
    )
}

/// C31.
pub(crate) fn misleading_name(field: &str, logical: Logical) -> Message {
    Message::new(format!("field `{field}` is declared as `{}`", logical.name()))
        .note(format!("every reader will take `{field}` for the logical field of that name"))
        .help("rename the field")
}

/// C32 to C35.
pub(crate) fn wrong_type(logical: Logical, ty: &str) -> Message {
    let (expected, reason) = match logical.kind() {
        Kind::Id => {
            return Message::new(format!("`{ty}` cannot identify a user")).note(
                "the id travels in sessions and tokens as text: \
                 an integer, a `String` or a `uuid::Uuid` can",
            );
        }
        Kind::Text => ("`String` or `Option<String>`", "it is stored and compared as text"),
        Kind::Flag => {
            ("`bool`", "what is unknown must never count as granted; make the column NOT NULL")
        }
        Kind::Epoch => ("`i32` or `i64`", "a reset adds 1 to end every older token"),
        Kind::Step => ("`Option<i64>` or `Option<i32>`", "it is NULL until a code has been used"),
        Kind::Moment => ("a timestamp", "it holds a moment in time"),
    };
    Message::new(format!("the logical field `{}` cannot be of type `{ty}`", logical.name()))
        .help(format!("expected {expected}"))
        .note(reason)
}

/// C35, where only the compiler knows the type.
pub(crate) fn unusable_id(ty: &str) -> Message {
    Message::new(format!("`{ty}` cannot identify a user"))
        .help("it needs `Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync`")
        .note("the id travels in sessions and tokens; enable the `serde` feature of its crate")
}

/// C35, where nothing makes a new one.
pub(crate) fn no_new_id(ty: &str) -> Message {
    Message::new(format!("nothing makes a `{ty}` for a new user"))
        .help("if the database fills it: `#[auth(default)]`")
        .help("if your new-user hook fills it: `#[auth(provisioned)]`")
        .help(format!("or implement `crudauth::user::NewId` for `{ty}`"))
}

/// C36.
pub(crate) fn needs_partners(logical: Logical, partners: &[Logical]) -> Message {
    let names = list(partners.iter().map(|partner| partner.name()), "and");
    let plural = if partners.len() == 1 { "" } else { "s" };
    let declarations: Vec<String> = partners
        .iter()
        .map(|partner| format!("{}: {}", partner.name(), partner.suggested_type()))
        .collect();
    let declarations = list(declarations.iter().map(String::as_str), "and");
    Message::new(format!("`{}` needs the logical field{plural} {names}", logical.name()))
        .help(format!("add {declarations}, or remove `{}`", logical.name()))
}

/// C37.
pub(crate) fn unverified_recovery(factor: Factor) -> Message {
    let (factor, flag) = (factor.name(), factor.verified().name());
    Message::new(format!("recovery by `{factor}` needs the logical field `{flag}`"))
        .help(format!("add `{flag}: bool`"))
}

/// C37, where the factor itself is missing.
pub(crate) fn recovery_by_nothing(user: &Ident, factor: Factor) -> Message {
    let factor = factor.name();
    Message::new(format!("recovery by `{factor}` needs the field `{factor}`"))
        .help(format!("add `{factor}: Option<String>` to `{user}`, or write `recovery(none)`"))
}

/// C37, where the factor holds no text. (Of `email`, C32 says so.)
pub(crate) fn recovery_by_no_text(factor: Factor, ty: &str) -> Message {
    let factor = factor.name();
    Message::new(format!("recovery by `{factor}` needs text, but `{factor}` is of type `{ty}`"))
        .help("make it `String` or `Option<String>`")
}

/// C37, where the factor is none that crudauth knows.
pub(crate) fn unknown_factor(name: &Ident) -> Message {
    Message::new(format!("a user cannot be reached by `{name}` to recover an account"))
        .help("write `recovery(email)`, `recovery(phone)` or `recovery(none)`")
}

/// C37, where more than one is named.
pub(crate) fn two_factors() -> Message {
    Message::new("an account is recovered by one factor, but two are named")
        .help("keep one of `email`, `phone` and `none`")
}

/// C38.
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

/// C38, where the field plays a logical field of another name.
pub(crate) fn login_by_field_name(name: &Ident, logical: Logical) -> Message {
    let logical = logical.name();
    Message::new(format!("in `login(..)`, `{name}` is called by its logical name `{logical}`"))
        .help(format!("write `login({logical})`"))
}

/// C39.
pub(crate) fn login_by_optional(name: &str) -> Message {
    Message::new(format!("users cannot log in by `{name}` when it may be absent")).help(
        "make it `String` and the column NOT NULL, or name other fields in `#[auth(login(..))]`",
    )
}

/// C40, where only the compiler knows the type.
pub(crate) fn login_by_no_text(field: &str, ty: &str) -> Message {
    Message::new(format!("`{field}` does not identify anyone, as it is of type `{ty}`"))
        .help("log in by a unique text column")
}

/// C40.
pub(crate) fn login_by_anything(name: &Ident) -> Message {
    Message::new(format!("`{name}` does not identify anyone"))
        .help("log in by a unique text column")
}

/// A name in `without(..)` that cannot be given up.
pub(crate) fn cannot_give_up(name: &Ident) -> Message {
    Message::new(format!("`{name}` cannot be given up"))
        .help("`without(..)` takes `is_active`, `token_version` and `second_factor`")
}

/// `without(second_factor)` on a struct that maps none of its columns.
pub(crate) fn no_second_factor(user: &Ident) -> Message {
    Message::new(format!("`{user}` maps no second factor to do without"))
        .help("remove `second_factor` from `without(..)`")
}

/// A name in `without(..)` that the struct has.
pub(crate) fn given_up_but_there(user: &Ident, name: &Ident) -> Message {
    Message::new(format!("`{name}` is given up, but `{user}` has it"))
        .help(format!("remove `{name}` from `without(..)`"))
}

// --------------------------------------------------------------------------------- sign-up

/// C41 to C44.
pub(crate) fn client_sets_logical(field: &str, logical: Logical) -> Message {
    let name = logical.name();
    let message = if field != name {
        Message::new(format!(
            "`{field}` is the logical field `{name}`, which the client can never set"
        ))
    } else if logical == Logical::Id {
        return Message::new("`id` is chosen by the database, not by the client")
            .help("remove `register`");
    } else if logical == Logical::HashedPassword {
        return Message::new(
            "`hashed_password` is never sent: sign-up takes `password` and hashes it",
        )
        .help("remove `register`");
    } else {
        Message::new(format!("`{name}` can never be set by the client at sign-up"))
    };
    advise_on_privilege(message, logical, "register")
}

/// C44, for a field of the application.
pub(crate) fn sets_privileged_column(field: &str, logical: Logical, key: &Ident) -> Message {
    let message = Message::new(format!(
        "`{field}` lives in the column `{}`, which is crudauth's to set",
        logical.name()
    ));
    advise_on_privilege(message, logical, &key.to_string())
}

fn advise_on_privilege(message: Message, logical: Logical, key: &str) -> Message {
    match logical {
        Logical::IsSuperuser => message
            .note("it would let anyone sign up as an administrator")
            .help(format!("remove `{key}`; grant it from your own code after sign-up")),
        Logical::EmailVerified | Logical::PhoneVerified => message
            .note("it would let anyone claim an address that is not theirs")
            .help(format!("remove `{key}`")),
        _ => message.help(format!("remove `{key}`")),
    }
}

/// C45.
pub(crate) fn always_sent(name: &str) -> Message {
    Message::new(format!("`{name}` is always part of sign-up")).help("remove `register`")
}

/// C46.
pub(crate) fn two_sources(field: &str, first: Source, second: Source) -> Message {
    let mut pair = [first, second];
    pair.sort_by_key(|source| *source as u8);
    let [first, second] = pair;
    Message::new(format!(
        "`{field}` has two sources at sign-up: `{}` and `{}`",
        first.name(),
        second.name()
    ))
    .help(format!(
        "keep `{}` if {}, `{}` if {}",
        first.name(),
        first.chooser(),
        second.name(),
        second.chooser()
    ))
}

/// C47.
pub(crate) fn taken_input(name: &str) -> Message {
    Message::new(format!("sign-up already has an input named `{name}`"))
        .help("rename it on the wire: `#[auth(register, rename = \"..\")]`")
}

/// C48.
pub(crate) fn renames_nothing(field: &str) -> Message {
    Message::new(format!("`rename` names a sign-up input, but `{field}` is not one"))
        .help("add `register`, or remove `rename`")
}

/// C48, for what has its name from the contract on the wire.
pub(crate) fn renames_login(name: &str) -> Message {
    Message::new(format!("`{name}` keeps its name on the wire")).help("remove `rename`")
}

/// C48, for what the client never sends.
pub(crate) fn renames_logical(logical: Logical) -> Message {
    let name = logical.name();
    if logical.identifies() {
        return renames_login(name);
    }
    Message::new(format!("`rename` names a sign-up input, but `{name}` is never one"))
        .help("remove `rename`")
}

/// C51, for a field of the application that users log in by.
pub(crate) fn login_is_sent(field: &str, source: Source) -> Message {
    Message::new(format!("`{field}` is sent by the client at sign-up, since users log in by it"))
        .help(format!("remove `{}`, or remove `{field}` from `login(..)`", source.name()))
}

/// C51.
pub(crate) fn not_yours_to_fill(logical: Logical, source: Source) -> Message {
    let name = logical.name();
    match source {
        Source::Provisioned if logical.identifies() => {
            Message::new(format!("`{name}` is sent by the client, not set by your new-user hook"))
        }
        Source::Provisioned => {
            Message::new(format!("`{name}` is set by crudauth, not by your new-user hook"))
        }
        _ => Message::new(format!("`{name}` cannot be left to a database default")),
    }
    .help(format!("remove `{}`", source.name()))
}

/// C49.
pub(crate) fn unsendable(field: &str, ty: &str, registered: bool) -> Message {
    let message =
        Message::new(format!("`{field}` is sent at sign-up, but `{ty}` cannot be deserialized"));
    let remedy = format!("add `#[derive(serde::Deserialize)]` to `{ty}`");
    if registered {
        message.help(format!("{remedy}, or remove `register`"))
    } else {
        message.help(remedy)
    }
}

/// C50.
pub(crate) fn unwritable(ty: &str, column: &str) -> Message {
    Message::new(format!("`{ty}` cannot be written to column `{column}`"))
        .help("implement Diesel's `ToSql` for it")
}

/// C52.
pub(crate) fn unfilled(column: &str, carries_power: bool) -> Message {
    let message = Message::new(format!(
        "column `{column}` is NOT NULL, but nothing fills it when a user signs up"
    ))
    .help("fill it in your new-user hook: `#[auth(provisioned)]`")
    .help("or leave it to the column's DEFAULT: `#[auth(default)]`")
    .help("or make the column nullable and the field an `Option`");
    // What would be refused is not advised.
    if carries_power {
        return message;
    }
    message.help("or let the client choose it, if anybody may: `#[auth(register)]`")
}

/// C59.
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

/// C60.
pub(crate) fn opposite(logical: Logical, name: &str) -> Message {
    let flag = logical.name();
    let (truth, consequence) = match logical {
        Logical::IsActive => ("a user may sign in", "exactly the others could sign in"),
        _ => ("the user has proved it", "exactly the others would count as proved"),
    };
    Message::new(format!("`{name}` says the opposite of `{flag}`"))
        .note(format!("`{flag}` is true where {truth}; with `{name}` in its place {consequence}"))
        .help(format!(
            "give the table a column that is true where {truth}, and fill it with `NOT {name}`"
        ))
}

/// C54.
pub(crate) fn default_of_a_field(user: &Ident, column: &Ident, field: &str) -> Message {
    let fact = if column.unraw() == field {
        format!("`{column}` is a field of `{user}`")
    } else {
        format!("`{column}` is the column of field `{field}`")
    };
    Message::new(fact).help("write `#[auth(default)]` on it")
}

/// C55.
pub(crate) fn serde_rename() -> Message {
    Message::new("`#[serde(rename)]` does not change the sign-up input")
        .help("use `#[auth(register, rename = \"..\")]`")
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Default => "default",
            Self::Provisioned => "provisioned",
        }
    }

    fn chooser(self) -> &'static str {
        match self {
            Self::Register => "the client chooses it",
            Self::Default => "the database does",
            Self::Provisioned => "your new-user hook does",
        }
    }
}
