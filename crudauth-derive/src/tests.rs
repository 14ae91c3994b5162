//! The mistakes of syntax and of meaning: a struct in, the list of messages out.
//!
//! Every rule has a case in `tests/ui`, which also shows where the mistake is underlined. Here is what
//! those cases do not show: what is right, how rules meet, and the less common forms of a mistake.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::DeriveInput;

use super::{check, derive, syntax};
use crate::attribute::key::{Derive, rows};
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
    a_unit_struct: quote!(struct User;) => ["`User` has no fields to map to columns"];
    a_near_miss_is_taken_for_what_it_means: fields!(#[auth(logcal = "is_superuser", regstr)] a: bool) => [
        "`#[auth]` has no field key `logcal`",
        "`#[auth]` has no field key `regstr`",
        "`a` is the logical field `is_superuser`, which the client can never set",
    ];
    a_near_miss_in_the_wrong_place: fields!(#[auth(logn(email))] a: i32) => [
        "`#[auth]` has no field key `logn`",
    ];
    a_name_twice_in_a_list: attributes!(#[auth(login(email, email))]) => ["`email` is given twice in `login(..)`"];
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
    the_same_column_twice_is_no_conflict: fields!(#[auth(column = "type")] #[diesel(column_name = "type")] c: i32) => [];
    a_field_that_may_be_there_is_not_missed: quote! {
        #[diesel(table_name = users)]
        struct User { #[auth(logical = "idd")] key: i32, email: String }
    } => ["crudauth has no logical field `idd`"];
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
    recovery_by_no_text: user(&quote!(#[auth(recovery(phone))]), &quote!(phone: Option<i64>, phone_verified: bool)) => [
        "recovery by `phone` needs text, but `phone` is of type `Option<i64>`",
    ];
    recovery_by_nothing: attributes!(#[auth(recovery(phone))]) => ["recovery by `phone` needs the field `phone`"];
    recovery_by_two_factors: attributes!(#[auth(recovery(email, phone))]) => [
        "an account is recovered by one factor, but two are named",
    ];
    login_by_the_name_of_the_field: user(
        &quote!(#[auth(login(nick))]),
        &quote!(#[auth(logical = "username")] nick: String),
    ) => ["in `login(..)`, `nick` is called by its logical name `username`"];
    login_by_a_listed_optional: user(&quote!(#[auth(login(email, nick))]), &quote!(nick: Option<String>)) => [];
    login_by_a_listed_optional_number: user(&quote!(#[auth(login(email, nick))]), &quote!(nick: Option<i64>)) => [
        "`nick` does not identify anyone",
    ];
    soft_delete_where_it_makes_no_sense: fields!(
        #[auth(soft_delete, default)] gone: bool,
        #[auth(soft_delete)] gone_to: String,
        #[auth(soft_delete)] deleted_at: Option<NaiveDateTime>,
        #[auth(soft_delete)] removed_at: Option<NaiveDateTime>,
    ) => [
        "crudauth fills `gone` at sign-up: a new row is not deleted",
        "`String` does not say whether a row is deleted",
        "two fields say which rows are deleted: `deleted_at` and `removed_at`",
    ];
    privileged_columns_from_the_client: fields!(
        #[auth(logical = "is_superuser", register)] is_admin: bool,
        #[auth(column = "email_verified", register)] trusted: bool,
        #[auth(column = "totp_last_step", default)] step: i64,
    ) => [
        "`is_admin` is the logical field `is_superuser`, which the client can never set",
        "`trusted` lives in the column `email_verified`, which is crudauth's to set",
    ];
    only_reviewed_stands_behind_register: fields!(
        #[auth(register(checked))] role: String,
        #[auth(register())] name: String,
    ) => [
        "`register` takes no value",
        "`register` takes no value",
        "anybody could choose `role` at sign-up, and a field of that name usually carries power",
    ];
    renames_of_nothing: user(&quote!(#[auth(login(handle))]), &quote!(
        #[auth(rename = "x")] handle: String,
        #[auth(rename = "y")] nick: String,
        #[auth(rename = "z")] is_superuser: bool,
    )) => [
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

#[test]
fn a_habit_from_elsewhere_gets_advice() {
    for (field, fact, help) in [
        (
            quote!(#[auth(is_superuser)] root: bool),
            "`#[auth]` has no field key `is_superuser`",
            "if the field is the logical field `is_superuser`: `#[auth(logical = \"is_superuser\")]`",
        ),
        (
            quote!(#[auth(logical = "admin")] root: bool),
            "crudauth has no logical field `admin`",
            "the logical field of that meaning is `is_superuser`",
        ),
        (
            quote!(#[auth(column("b"))] a: String),
            "`column` expects a column name, found a list",
            "write `#[auth(column = \"pw_hash\")]`",
        ),
        (
            quote!(#[auth(column = "users.nick")] a: String),
            "`\"users.nick\"` is not a column name that Diesel can generate",
            "use the name on the left side of `->` in `table!` (rename the column there with `#[sql_name]`)",
        ),
    ] {
        assert_eq!(messages_of(user(&quote!(), &field)), [format!("{fact}\nhelp: {help}")]);
    }
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

/// How often the expansion asks whether the struct can be serialized with a secret in it.
#[test]
fn every_secret_is_asked_about_that_serde_does_not_leave_out() {
    let asked = |hash: &TokenStream| {
        let item = quote! {
            #[diesel(table_name = users)]
            struct User {
                id: i32,
                email: String,
                #hash hashed_password: String,
                is_active: bool,
                token_version: i32,
            }
        };
        derive(&syn::parse2(item).unwrap()).to_string().matches("User > :: SERIALIZABLE").count()
    };
    assert_eq!(asked(&quote!()), 1);
    assert_eq!(asked(&quote!(#[serde(rename = "hash")])), 1);
    assert_eq!(asked(&quote!(#[serde(skip_deserializing)])), 1);
    assert_eq!(asked(&quote!(#[serde(skip_serializing_if = "String::is_empty")])), 1);
    for kept in ["skip", "skip_serializing"].map(|key| format_ident!("{key}")) {
        assert_eq!(asked(&quote!(#[serde(#kept)])), 0, "{kept}");
    }
}

#[test]
fn every_key_stands_in_its_example() {
    let keys = [Derive::AuthUser, Derive::RegisterSchema].map(|derive| rows(derive, None));
    for key in keys.into_iter().flatten() {
        assert!(key.example.contains(key.name), "{key:?}");
    }
}

/// No input makes the derive panic, and all that it emits is code, stub or not.
#[test]
fn whatever_comes_out_is_code() {
    let items = [
        fields!(),
        fields!(#[auth(provisioned)] r#type: A, #[auth(register, rename = "x y")] r#move: B),
        fields!(#[auth(= , (;) [])] a: i32),
        attributes!(#[auth(login(), recovery(a b), without(;), crate = , db_default(,))]),
        attributes!(#[deprecated]),
        quote! { enum User {} },
        quote! { struct User<T>(T); },
        quote! { pub(crate) struct r#User { #[auth(logical = "")] a: [u8; 4] } },
    ];
    for item in items {
        let output = derive(&syn::parse2(item).unwrap()).to_string();
        assert!(is_code(&output), "{output}");
    }
}

fn is_code(output: &str) -> bool {
    let is_balanced = output.parse::<TokenStream>().is_ok();
    is_balanced && (output.contains("AuthUser for") || output.contains("compile_error"))
}

mod expansion;
mod soup;
