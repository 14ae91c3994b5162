//! Token soup: whatever stands in a struct and its attributes, the derive answers with code.

use proc_macro2::TokenStream;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use syn::DeriveInput;

use super::{derive, is_code};

/// Pieces of the grammar, right and wrong, each of them some whole tokens on a line.
const WORDS: &str = include_str!("soup_words.txt");

/// A run of words, some of them in brackets.
fn soup() -> impl Strategy<Value = String> {
    let words: Vec<_> = WORDS.lines().collect();
    let word = prop::sample::select(words).prop_map(str::to_owned);
    word.prop_recursive(3, 16, 5, |inner| {
        (vec(inner, 0..5), prop::sample::select(&["()", "[]", "{}", "  "][..])).prop_map(
            |(words, brackets)| {
                let (open, close) = brackets.split_at(1);
                format!("{open}{}{close}", words.join(" "))
            },
        )
    })
}

fn attribute() -> impl Strategy<Value = String> {
    let path = prop::sample::select(&["auth", "diesel", "serde", "deprecated", "doc"][..]);
    (path, vec(soup(), 0..6), 0..4_u8).prop_map(|(path, soup, form)| {
        let soup = soup.join(" ");
        match form {
            0 => format!("#[{path}]"),
            1 => format!("#[{path} = \"x\"]"),
            _ => format!("#[{path}({soup})]"),
        }
    })
}

fn field() -> impl Strategy<Value = String> {
    let names: Vec<_> = "
        id email username hashed_password is_active token_version phone is_superuser
        email_verified google_id totp_last_step r#type plan created_at password
    "
    .split_whitespace()
    .collect();
    let types = "i32|String|Option<String>|bool|Vec<u8>|Flag|[u8; { 1 + 1 }]|&'a str|Option|Option<>\
                 |(Self, u8)|fn(i32) -> Self|!|dyn Any|<A as B>::C";
    let types: Vec<_> = types.split('|').collect();
    (vec(attribute(), 0..3), prop::sample::select(names), prop::sample::select(types))
        .prop_map(|(attributes, name, ty)| format!("{} {name}: {ty},", attributes.join(" ")))
}

fn item() -> impl Strategy<Value = String> {
    let shapes = &["struct", "union", "enum", "tuple", "unit"][..];
    let generics = &["", "", "", "<'a>", "<T>", "<const N: usize>"][..];
    (
        vec(attribute(), 0..3),
        vec(field(), 0..8),
        prop::sample::select(shapes),
        prop::sample::select(generics),
        any::<bool>(),
    )
        .prop_map(|(attributes, fields, shape, generics, table)| {
            let table = if table { "#[diesel(table_name = users)]" } else { "" };
            let (attributes, fields) = (attributes.join(" "), fields.join(" "));
            let body = match shape {
                "enum" => format!("enum User{generics} {{ A, B {{ {fields} }} }}"),
                "tuple" => format!("struct User{generics}(#[auth] i32, String);"),
                "unit" => format!("struct User{generics};"),
                shape => format!("{shape} User{generics} {{ {fields} }}"),
            };
            format!("{table} {attributes} {body}")
        })
}

#[test]
fn no_soup_makes_the_derive_panic() {
    let seed = std::env::var("SOUP_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        u64::from(now.map_or(0, |now| now.subsec_nanos()))
    });
    let mut runner = TestRunner::new(Config {
        cases: 1500,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let parsed = std::cell::Cell::new(0_u32);
    let outcome = runner.run(&item(), |item| {
        let Ok(tokens) = item.parse::<TokenStream>() else { return Ok(()) };
        // What is no item never reaches a derive.
        let Ok(input) = syn::parse2::<DeriveInput>(tokens) else { return Ok(()) };
        parsed.set(parsed.get() + 1);
        let output = derive(&input).to_string();
        prop_assert!(is_code(&output), "neither a user nor an error: {output}");
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("SOUP_SEED={seed}: {failure}");
    }
    assert!(parsed.get() > 300, "SOUP_SEED={seed}: only {} items were read", parsed.get());
}
