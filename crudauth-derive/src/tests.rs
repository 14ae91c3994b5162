//! The mistakes of syntax and of meaning: a struct in, the list of messages out.
//!
//! Where each is shown, and what only the compiler can answer, is tested by `tests/ui`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::DeriveInput;

use super::{check, derive, syntax};
use crate::attribute::key::{Key, SchemaFieldKey, SchemaKey, UserFieldKey, UserKey};
use crate::diag::Diagnostics;
use crate::logical::Logical;

/// Each mistake in a whole item, with the advice.
fn messages_of(item: TokenStream) -> Vec<String> {
    let input: DeriveInput = syn::parse2(item).unwrap();
    let diagnostics = Diagnostics::new();
    if let Some(raw) = syntax::parse(&input, &diagnostics) {
        check::check(&raw, &diagnostics);
    }
    diagnostics.into_messages()
}

/// The first line of each mistake in a whole item.
fn mistakes_in(item: TokenStream) -> Vec<String> {
    let first_line = |message: &String| message.lines().next().unwrap_or_default().to_owned();
    messages_of(item).iter().map(first_line).collect()
}

/// A struct that is right, with more attributes and more fields.
fn user(attributes: &TokenStream, fields: &TokenStream) -> TokenStream {
    quote! {
        #[diesel(table_name = users)]
        #attributes
        struct User {
            id: i32,
            email: String,
            hashed_password: String,
            is_active: bool,
            token_version: i32,
            #fields
        }
    }
}

macro_rules! cases {
    ($($name:ident: $item:expr => [$($fact:expr),* $(,)?];)*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &[$($fact),*];
            assert_eq!(mistakes_in($item), expected);
        }
    )*};
}

macro_rules! fields {
    ($($fields:tt)*) => { user(&quote!(), &quote!($($fields)*)) };
}

macro_rules! attributes {
    ($($attributes:tt)*) => { user(&quote!($($attributes)*), &quote!()) };
}

cases! {
    a_plain_struct_is_right: fields!() => [];
    every_key_in_its_place_is_right: user(
        &quote!(#[auth(login(email, handle), recovery(none), db_default(serial, code), crate = ::my::auth)]),
        &quote! {
            handle: String,
            #[auth(register, rename = "fullName", column = "name")] full_name: Option<String>,
            #[auth(provisioned)] tier: i32,
            #[auth(default)] plan: String,
            #[auth(default)] created_at: NaiveDateTime,
            #[auth(logical = "is_superuser")] root: bool,
            bio: Option<String>,
        },
    ) => [];
    what_is_given_up_is_not_missed: quote! {
        #[diesel(table_name = users)]
        #[auth(without(is_active, token_version))]
        struct User { id: i32, email: String, hashed_password: String }
    } => [];

    an_enum: quote!(enum User { A }) => ["`AuthUser` cannot be derived for an enum"];
    a_union: quote!(union User { a: i32 }) => ["`AuthUser` cannot be derived for a union"];
    a_tuple_struct: quote!(struct User(i32);) => ["`AuthUser` needs named fields"];
    no_fields: quote!(struct User {}) => ["`User` has no fields to map to columns"];
    a_unit_struct: quote!(struct User;) => ["`User` has no fields to map to columns"];
    a_generic_type_that_borrows: quote! {
        #[diesel(table_name = users)]
        struct User<'a, T, const N: usize> {
            id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
        }
    } => ["a user cannot borrow its fields", "`AuthUser` cannot be derived for a generic type"];
    self_in_a_type: fields!(parent: Option<Box<Self>>) => ["write `User` instead of `Self` here"];

    no_keys: fields!(#[auth] a: i32, #[auth()] b: i32, #[auth = "x"] c: i32) => [
        "expected `#[auth(..)]` with at least one key",
        "expected `#[auth(..)]` with at least one key",
        "expected `#[auth(..)]` with at least one key",
    ];
    not_a_key: fields!(#[auth("register", , register)] a: i32) => [
        "expected a key, found `\"register\"`",
        "expected a key, found `,`",
    ];
    unknown_keys: fields!(#[auth(regster)] a: i32, #[auth(colour)] b: i32) => [
        "`#[auth]` has no field key `regster`",
        "`#[auth]` has no field key `colour`",
    ];
    a_near_miss_is_taken_for_what_it_means: fields!(#[auth(logcal = "is_superuser", regstr)] a: bool) => [
        "`#[auth]` has no field key `logcal`",
        "`#[auth]` has no field key `regstr`",
        "`a` is the logical field `is_superuser`, which the client can never set",
    ];
    keys_in_the_wrong_place: user(&quote!(#[auth(register)]), &quote!(#[auth(login(a))] a: String)) => [
        "`register` belongs on a field, not on the struct",
        "`login` belongs on the struct, not on a field",
    ];
    a_near_miss_in_the_wrong_place: fields!(#[auth(logn(email))] a: i32) => [
        "`#[auth]` has no field key `logn`",
    ];
    a_key_twice: fields!(#[auth(register, register)] a: String, #[auth(column = "x")] #[auth(column = "y")] b: i32) => [
        "`register` is given twice for `a`",
        "`column` is given twice for `b`",
    ];
    a_name_twice_in_a_list: attributes!(#[auth(login(email, email))]) => ["`email` is given twice in `login(..)`"];
    a_flag_with_a_value: fields!(#[auth(register = true)] a: String, #[auth(default(3))] b: i32) => [
        "`register` takes no value",
        "`default` takes no value",
    ];
    false_is_not_a_second_mistake: fields!(#[auth(register = false)] is_superuser: bool) => [
        "`register` takes no value",
    ];
    missing_values: user(&quote!(#[auth(login, recovery())]), &quote!(#[auth(column)] a: i32, #[auth(rename =)] b: i32)) => [
        "`login` expects a list of fields in parentheses",
        "`recovery` expects `email`, `phone` or `none` in parentheses",
        "`column` needs a value",
        "`rename` needs a value",
    ];
    wrong_values: user(
        &quote!(#[auth(login = "email", db_default("a", 5), crate = "crudauth")]),
        &quote!(#[auth(column = 5)] a: i32, #[auth(column = name)] b: i32, #[auth(column("c"))] c: i32,
            #[auth(register, rename = "")] d: i32, #[auth(logical = 1 + 1)] e: i32),
    ) => [
        "`login` expects a list of fields in parentheses",
        "`db_default` lists names, found `\"a\"`",
        "`db_default` lists names, found `5`",
        "`crate` expects a path without quotes",
        "`column` expects a column name, found an integer",
        "`column` expects a column name, found a name without quotes",
        "`column` expects a column name, found a list",
        "`rename` expects a name on the wire, found an empty string",
        "`logical` expects the name of a logical field, found an expression",
    ];
    not_a_column_name: fields!(#[auth(column = "pw hash")] a: i32, #[auth(column = "type")] b: i32, #[auth(column = "self")] c: i32) => [
        "`\"pw hash\"` is not a column name that Diesel can generate",
        "`\"self\"` is not a column name that Diesel can generate",
    ];
    a_relative_path: attributes!(#[auth(crate = deps::auth)]) => ["the path to `crudauth` must be absolute"];

    no_table: quote! {
        struct User { id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32 }
    } => ["`User` does not say which table it is a row of"];
    two_tables: attributes!(#[diesel(table_name = others)]) => ["a user is a row of one table, but two are named"];
    two_columns: fields!(#[auth(column = "a")] #[diesel(column_name = b)] c: i32) => [
        "`c` is mapped to two columns: `a` here and `b` in `#[diesel(column_name)]`",
    ];
    the_same_column_twice_is_no_conflict: fields!(#[auth(column = "type")] #[diesel(column_name = "type")] c: i32) => [];
    a_shared_column: fields!(#[auth(column = "email")] mail: String, #[diesel(column_name = email)] post: String) => [
        "`email` and `mail` both map to column `users.email`",
        "`email` and `post` both map to column `users.email`",
    ];
    detours: fields!(#[diesel(embed)] a: A, #[diesel(serialize_as = B, deserialize_as = C)] b: i32) => [
        "field `a` must map straight to one column",
        "field `b` must map straight to one column",
        "field `b` must map straight to one column",
    ];

    missing_logical_fields: quote! {
        #[diesel(table_name = users)]
        struct User { username: String }
    } => [
        "no field of `User` is the logical field `id`",
        "no field of `User` is the logical field `hashed_password`",
        "no field of `User` is the logical field `is_active`",
        "no field of `User` is the logical field `token_version`",
    ];
    no_login: quote! {
        #[diesel(table_name = users)]
        #[auth(without(is_active, token_version))]
        struct User { id: i32, hashed_password: String }
    } => ["`User` has no field to log in by"];
    a_field_that_may_be_there_is_not_missed: quote! {
        #[diesel(table_name = users)]
        struct User { #[auth(logical = "idd")] key: i32, email: String }
    } => ["crudauth has no logical field `idd`"];
    a_role_declared_twice: fields!(#[auth(logical = "email")] mail: String) => [
        "two fields are the logical field `email`: `email` and `mail`",
    ];
    an_unknown_logical_field: fields!(#[auth(logical = "shoe_size")] a: i32) => ["crudauth has no logical field `shoe_size`"];
    wrong_types: quote! {
        #[diesel(table_name = users)]
        struct User {
            id: Option<i32>, email: i32, hashed_password: Option<Vec<u8>>, is_active: Option<bool>,
            is_superuser: i32, token_version: String, created_at: String,
        }
    } => [
        "`Option<i32>` cannot identify a user",
        "the logical field `email` cannot be of type `i32`",
        "the logical field `hashed_password` cannot be of type `Option<Vec<u8>>`",
        "the logical field `is_active` cannot be of type `Option<bool>`",
        "the logical field `is_superuser` cannot be of type `i32`",
        "the logical field `token_version` cannot be of type `String`",
        "the logical field `created_at` cannot be of type `String`",
    ];
    half_of_a_set: fields!(github_id: Option<String>, google_id: Option<String>, totp_last_step: Option<i64>) => [
        "`github_id` needs the logical field `oauth_provider`",
        "`totp_last_step` needs the logical fields `totp_secret_encrypted`, `totp_confirmed_at` and `mfa_recovery_codes`",
    ];
    unverified_recovery: user(&quote!(#[auth(recovery(phone))]), &quote!(#[auth(register)] phone: String)) => [
        "recovery by `phone` needs the logical field `phone_verified`",
    ];
    recovery_by_no_text: user(&quote!(#[auth(recovery(phone))]), &quote!(phone: Option<i64>, phone_verified: bool)) => [
        "recovery by `phone` needs text, but `phone` is of type `Option<i64>`",
    ];
    recovery_by_nothing: attributes!(#[auth(recovery(phone))]) => ["recovery by `phone` needs the field `phone`"];
    recovery_by_two_factors: attributes!(#[auth(recovery(email, phone))]) => [
        "an account is recovered by one factor, but two are named",
    ];
    recovery_by_an_unknown_factor: attributes!(#[auth(recovery(fax))]) => [
        "a user cannot be reached by `fax` to recover an account",
    ];
    login_by_nothing: attributes!(#[auth(login(handle))]) => ["users cannot log in by `handle`: `User` has no such field"];
    login_by_the_name_of_the_field: user(
        &quote!(#[auth(login(nick))]),
        &quote!(#[auth(logical = "username")] nick: String),
    ) => ["in `login(..)`, `nick` is called by its logical name `username`"];
    login_by_an_optional: quote! {
        #[diesel(table_name = users)]
        struct User { id: i32, email: Option<String>, hashed_password: String, is_active: bool, token_version: i32 }
    } => ["users cannot log in by `email` when it may be absent"];
    login_by_a_listed_optional: user(&quote!(#[auth(login(email, nick))]), &quote!(nick: Option<String>)) => [
        "users cannot log in by `nick` when it may be absent",
    ];
    login_by_anything: user(&quote!(#[auth(login(is_active, id, age))]), &quote!(age: i32)) => [
        "`is_active` does not identify anyone",
        "`id` does not identify anyone",
        "`age` does not identify anyone",
    ];
    without_what_is_there: attributes!(#[auth(without(is_active, email))]) => [
        "`is_active` is given up, but `User` has it",
        "`email` cannot be given up",
    ];
    without_a_second_factor_that_is_not_there: attributes!(#[auth(without(second_factor))]) => [
        "`User` maps no second factor to do without",
    ];

    privileged_fields_from_the_client: fields!(#[auth(register)] is_superuser: bool, #[auth(register)] phone_verified: bool) => [
        "`is_superuser` can never be set by the client at sign-up",
        "`phone_verified` can never be set by the client at sign-up",
    ];
    the_id_and_the_hash_from_the_client: quote! {
        #[diesel(table_name = users)]
        #[auth(without(is_active, token_version))]
        struct User { #[auth(register)] id: i32, email: String, #[auth(register)] hashed_password: String }
    } => [
        "`id` is chosen by the database, not by the client",
        "`hashed_password` is never sent: sign-up takes `password` and hashes it",
    ];
    privileged_columns_from_the_client: fields!(
        #[auth(logical = "is_superuser", register)] is_admin: bool,
        #[auth(column = "email_verified", register)] trusted: bool,
        #[auth(column = "totp_last_step", default)] step: i64,
    ) => [
        "`is_admin` is the logical field `is_superuser`, which the client can never set",
        "`trusted` lives in the column `email_verified`, which is crudauth's to set",
    ];
    two_sources: fields!(#[auth(default, register, provisioned)] plan: String) => [
        "`plan` has two sources at sign-up: `register` and `default`",
        "`plan` has two sources at sign-up: `default` and `provisioned`",
    ];
    taken_inputs: fields!(
        #[auth(register)] password: String,
        #[auth(register, rename = "email")] a: String,
        #[auth(register, rename = "b")] c: String,
        #[auth(register)] b: String,
    ) => [
        "sign-up already has an input named `password`",
        "sign-up already has an input named `email`",
        "sign-up already has an input named `b`",
    ];
    renames_of_nothing: user(&quote!(#[auth(login(handle))]), &quote!(
        #[auth(rename = "x")] handle: String,
        #[auth(rename = "y")] nick: String,
        #[auth(rename = "z")] is_superuser: bool,
    )) => [
        "`handle` keeps its name on the wire",
        "`rename` names a sign-up input, but `nick` is not one",
        "`rename` names a sign-up input, but `is_superuser` is never one",
    ];
    not_yours_to_fill: user(&quote!(#[auth(login(handle))]), &quote!(
        #[auth(provisioned)] email_verified: bool,
        #[auth(default)] is_superuser: bool,
        #[auth(provisioned)] created_at: NaiveDateTime,
        #[auth(provisioned)] handle: String,
        #[auth(default)] username: String,
    )) => [
        "`email_verified` is set by crudauth, not by your new-user hook",
        "`is_superuser` cannot be left to a database default",
        "`created_at` is set by crudauth, not by your new-user hook",
        "`handle` is sent by the client at sign-up, since users log in by it",
        "`username` cannot be left to a database default",
    ];
    defaults_of_fields: user(&quote!(#[auth(db_default(plan, sort))]), &quote!(plan: i32, #[auth(column = "sort")] order: i32)) => [
        "`plan` is a field of `User`",
        "`sort` is the column of field `order`",
    ];
}

/// What is said to somebody tired, line by line.
macro_rules! habits {
    ($($name:ident: $fields:tt => $($line:literal)+;)*) => {$(
        #[test]
        fn $name() {
            let item = user(&quote!(), &quote! $fields);
            assert_eq!(messages_of(item), [[$($line),+].join("\n")]);
        }
    )*};
}

habits! {
    a_key_with_a_capital: { #[auth(Register)] a: String } =>
        "`#[auth]` has no field key `Register`"
        "help: a key with a similar name exists: `register`";
    a_key_in_quotes: { #[auth("register")] a: String } =>
        "expected a key, found `\"register\"`"
        "help: write it without quotes: `#[auth(register)]`";
    a_value_without_quotes: { #[auth(column = nick_name)] a: String } =>
        "`column` expects a column name, found a name without quotes"
        "help: write `column = \"nick_name\"`";
    a_forgotten_comma: { #[auth(register column = "b")] a: String } =>
        "expected `,` after `register`, found `column`"
        "help: separate the keys: `#[auth(register, column = \"full_name\")]`";
    a_semicolon: { #[auth(column = "b"; default)] a: String } =>
        "expected `,` after `column`, found `;`"
        "help: separate the keys: `#[auth(register, column = \"full_name\")]`";
    a_role_as_a_key: { #[auth(is_superuser)] root: bool } =>
        "`#[auth]` has no field key `is_superuser`"
        "help: if the field is the logical field `is_superuser`: `#[auth(logical = \"is_superuser\")]`";
    a_role_by_another_name: { #[auth(admin)] root: bool } =>
        "`#[auth]` has no field key `admin`"
        "help: if the field is the logical field `is_superuser`: `#[auth(logical = \"is_superuser\")]`";
    a_logical_field_by_another_name: { #[auth(logical = "admin")] root: bool } =>
        "crudauth has no logical field `admin`"
        "help: the logical field of that meaning is `is_superuser`";
    the_key_of_a_sign_up_body: { #[auth(input_only)] code: Option<String> } =>
        "`#[auth]` has no field key `input_only`"
        "help: `input_only` is a key of `RegisterSchema`, for a sign-up body of your own";
    a_key_of_serde: { #[auth(skip)] a: Option<String> } =>
        "`#[auth]` has no field key `skip`"
        "help: without `register`, a client cannot set the field";
    login_on_a_field: { #[auth(login = "email")] a: Option<String> } =>
        "`login` belongs on the struct, not on a field"
        "help: move it: `#[auth(login(email))] struct User`";
    a_list_for_a_value: { #[auth(column("b"))] a: String } =>
        "`column` expects a column name, found a list"
        "help: write `#[auth(column = \"pw_hash\")]`";
    a_name_with_its_table: { #[auth(column = "users.nick")] a: String } =>
        "`\"users.nick\"` is not a column name that Diesel can generate"
        "help: use the name on the left side of `->` in `table!` (rename the column there with `#[sql_name]`)";
}

/// What a client or a hook is told that it cannot fill.
const REFUSALS: [&str; 6] = [
    "can never be set by the client at sign-up",
    "which the client can never set",
    "is chosen by the database, not by the client",
    "is never sent: sign-up takes `password` and hashes it",
    "which is crudauth's to set",
    "is set by crudauth, not by your new-user hook",
];

/// The required fields but `left_out`, and one more.
fn user_with(left_out: Logical, field: &TokenStream) -> TokenStream {
    let required = [
        (Logical::Id, quote!(id: i32,)),
        (Logical::Email, quote!(email: String,)),
        (Logical::HashedPassword, quote!(hashed_password: String,)),
        (Logical::IsActive, quote!(is_active: bool,)),
        (Logical::TokenVersion, quote!(token_version: i32,)),
    ];
    let others = required.iter().filter(|(logical, _)| *logical != left_out).map(|(_, it)| it);
    quote! {
        #[diesel(table_name = users)]
        struct User { #(#others)* #field }
    }
}

#[test]
fn no_privileged_field_is_filled_from_outside_under_any_spelling() {
    let mut seen = 0;
    for logical in Logical::ALL.iter().copied().filter(|logical| logical.is_privileged()) {
        let name = logical.name();
        let ident = format_ident!("{name}");
        let ty: syn::Type = syn::parse_str(logical.row().suggested_type).unwrap();
        let mut spellings = vec![
            quote!(#[auth(register)] #ident: #ty),
            quote!(#[auth(register, rename = "other")] #ident: #ty),
            quote!(#[auth(logical = #name, register)] other: #ty),
            quote!(#[auth(logical = #name, column = "another", register)] other: #ty),
            quote!(#[auth(column = #name, register)] other: #ty),
            quote!(#[auth(column = #name, register, rename = "another")] other: #ty),
            quote!(#[diesel(column_name = #ident)] #[auth(register)] other: #ty),
        ];
        // An id may come from the hook, which is the application's.
        if logical != Logical::Id {
            spellings.extend([
                quote!(#[auth(provisioned)] #ident: #ty),
                quote!(#[auth(logical = #name, provisioned)] other: #ty),
                quote!(#[auth(column = #name, provisioned)] other: #ty),
                quote!(#[diesel(column_name = #ident)] #[auth(provisioned)] other: #ty),
            ]);
        }
        for field in spellings {
            let mistakes = mistakes_in(user_with(logical, &field));
            let refused = |told: &String| REFUSALS.iter().any(|refusal| told.contains(refusal));
            assert!(mistakes.iter().any(refused), "{field}: {mistakes:?}");
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}

#[test]
fn what_usually_carries_power_is_not_for_a_client_to_choose() {
    let item = fields! {
        #[auth(register)] role: String,
        #[auth(register, column = "tenant_id")] company: i32,
        #[diesel(column_name = credits)] #[auth(register)] points: i32,
        #[auth(register(reviewed))] plan: String,
        #[auth(register(reviewed), column = "org_id")] club: i32,
        #[auth(provisioned)] quota: i32,
        #[auth(default)] approved: bool,
        #[auth(register)] bio: Option<String>,
    };
    let expected = [
        "anybody could choose `role` at sign-up, and a field of that name usually carries power",
        "anybody could choose `company` at sign-up, and with the column `tenant_id` it usually carries power",
        "anybody could choose `points` at sign-up, and with the column `credits` it usually carries power",
    ];
    assert_eq!(mistakes_in(item), expected);
}

#[test]
fn only_reviewed_stands_behind_register() {
    let item = fields! {
        #[auth(register(checked))] role: String,
        #[auth(register())] name: String,
    };
    let expected = [
        "`register` takes no value",
        "`register` takes no value",
        "anybody could choose `role` at sign-up, and a field of that name usually carries power",
    ];
    assert_eq!(mistakes_in(item), expected);
}

#[test]
fn a_flag_is_not_played_by_its_opposite() {
    let item = quote! {
        #[diesel(table_name = users)]
        struct User {
            id: i32,
            email: String,
            hashed_password: String,
            #[auth(logical = "is_active", column = "is_suspended")] blocked: bool,
            #[auth(column = "unconfirmed")] email_verified: bool,
            token_version: i32,
        }
    };
    let expected = [
        "`blocked` says the opposite of `is_active`",
        "`unconfirmed` says the opposite of `email_verified`",
    ];
    assert_eq!(mistakes_in(item), expected);
}

#[test]
fn a_required_field_by_another_name_is_found() {
    let messages = messages_of(quote! {
        #[diesel(table_name = users)]
        #[auth(without(is_active, token_version))]
        struct User { id: i32, email: String, password_hash: String }
    });
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("help: if `password_hash` holds it, mark it so"), "{messages:?}");
}

#[test]
fn a_login_field_by_another_name_is_found() {
    let messages = messages_of(quote! {
        #[diesel(table_name = users)]
        #[auth(without(is_active, token_version))]
        struct User { id: i32, email_address: String, hashed_password: String }
    });
    assert_eq!(messages.len(), 1);
    let help = "help: if `email_address` is it, mark it with `#[auth(logical = \"email\")]`";
    assert!(messages[0].contains(help), "{messages:?}");
}

/// Tired on the struct.
#[test]
fn what_belongs_elsewhere_on_the_struct_says_where() {
    for (attribute, help) in [
        (quote!(#[auth(table_name = users)]), "say it to Diesel: `#[diesel(table_name = users)]`"),
        (quote!(#[auth(rename_all = "camelCase")]), "rename each input:"),
        (quote!(#[auth(user = Account)]), "`user` is a key of `RegisterSchema`"),
    ] {
        let messages = messages_of(user(&attribute, &quote!()));
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains(help), "{messages:?}");
    }
}

fn are_known_by_their_names<K: Key + std::fmt::Debug>() {
    for key in K::ALL {
        assert_eq!(K::from_name(key.name()), Some(*key));
        assert!(key.row().example.contains(key.name()));
    }
}

#[test]
fn every_key_is_known_by_its_name_and_stands_in_its_example() {
    are_known_by_their_names::<UserKey>();
    are_known_by_their_names::<UserFieldKey>();
    are_known_by_their_names::<SchemaKey>();
    are_known_by_their_names::<SchemaFieldKey>();
}

/// No input makes the derive panic, and all that it emits is Rust, stub or not.
#[test]
fn whatever_comes_out_is_code() {
    let items = [
        fields!(),
        fields!(#[auth(provisioned)] r#type: A, #[auth(register, rename = "x y")] r#move: B),
        fields!(#[auth(= , (;) [])] a: i32),
        attributes!(#[auth(login(), recovery(a b), without(;), crate = , db_default(,))]),
        attributes!(#[deprecated]),
        quote!(
            enum User {}
        ),
        quote!(
            struct User<T>(T);
        ),
        quote!(
            pub(crate) struct r#User {
                #[auth(logical = "")]
                a: [u8; 4],
            }
        ),
    ];
    for item in items {
        let Ok(input) = syn::parse2::<DeriveInput>(item) else { continue };
        let output = derive(&input);
        syn::parse2::<Items>(output).unwrap();
    }
}

/// `syn::File` needs all of Rust's syntax; items as trees are enough to see that code is balanced
/// and has what it should.
struct Items;

impl syn::parse::Parse for Items {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let tokens: TokenStream = input.parse()?;
        let shown = tokens.to_string();
        if shown.contains("AuthUser for") || shown.contains("compile_error") {
            return Ok(Self);
        }
        Err(input.error("neither a user nor an error"))
    }
}

mod expansion;
mod soup;
