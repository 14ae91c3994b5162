//! The expansion of some structs, as a person would read it.
//!
//! It is kept in `expansions/`. After a change, `CRUDAUTH_BLESS=1 cargo test -p crudauth-derive`
//! writes it anew; read the diff.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, File, Item, Macro, Stmt};

use super::derive;

/// Compares the expansion of `item` with the file.
fn expands_to(name: &str, item: TokenStream) {
    let input = syn::parse2(item).unwrap();
    let shown = pretty(derive(&input));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("expansions").join(name);
    if env::var_os("CRUDAUTH_BLESS").is_some() {
        fs::write(&path, &shown).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == shown,
        "the expansion is not that of expansions/{name}; \
         `CRUDAUTH_BLESS=1 cargo test -p crudauth-derive` writes it anew"
    );
}

/// The code, formatted. What is repeated for each backend is the input of a macro, which no
/// formatter touches, so it stands by itself at the end.
fn pretty(expansion: TokenStream) -> String {
    let mut file: File = syn::parse2(expansion).unwrap();
    let mut repeated = None;
    for item in &mut file.items {
        let Item::Const(item) = item else { continue };
        let Expr::Block(block) = &mut *item.expr else { continue };
        block.block.stmts.retain(|statement| {
            let Stmt::Macro(statement) = statement else { return true };
            let of_backends = for_backends(&statement.mac);
            let is_other = of_backends.is_none();
            repeated = repeated.take().or(of_backends);
            is_other
        });
    }
    let (on, row) = repeated.expect("rows for the backends");
    format!(
        "// The expansion of a user struct, formatted.\n{}\n// For each backend of {on}:\n{}",
        prettyplease::unparse(&file),
        prettyplease::unparse(&row),
    )
}

/// The backends and the code, where the macro repeats code for backends.
fn for_backends(mac: &Macro) -> Option<(String, File)> {
    let is_meant = mac.path.segments.last().is_some_and(|last| last.ident == "for_backends");
    let mut tokens = is_meant.then(|| mac.tokens.clone().into_iter())?;
    let on = tokens.next()?.to_string();
    Some((on, syn::parse2(tokens.collect()).unwrap()))
}

#[test]
fn the_smallest_struct() {
    expands_to(
        "smallest.rs",
        quote! {
            #[diesel(table_name = users)]
            #[auth(recovery(none))]
            struct User {
                id: i32,
                email: String,
                hashed_password: String,
                is_active: bool,
                token_version: i32,
            }
        },
    );
}

#[test]
fn the_struct_of_the_documentation() {
    expands_to(
        "account.rs",
        quote! {
            #[diesel(table_name = accounts)]
            struct Account {
                #[auth(column = "account_id")]
                id: i32,
                #[auth(column = "email_address")]
                email: String,
                username: String,
                #[auth(column = "pw_hash")]
                hashed_password: String,
                #[auth(column = "is_admin")]
                is_superuser: bool,
                is_active: bool,
                email_verified: bool,
                token_version: i32,
                #[auth(register)]
                full_name: Option<String>,
                #[auth(provisioned)]
                tier_id: i32,
            }
        },
    );
}

#[test]
fn a_struct_of_types_that_no_name_tells() {
    expands_to(
        "aliases.rs",
        quote! {
            #[diesel(table_name = schema::people, check_for_backend(diesel::pg::Pg))]
            #[auth(login(handle), recovery(phone), crate = ::web::auth)]
            pub(crate) struct Person {
                id: PersonId,
                handle: Handle,
                phone: Option<Phone>,
                phone_verified: Flag,
                hashed_password: Hash,
                is_active: Flag,
                token_version: Version,
                updated_at: Moment,
            }
        },
    );
}
