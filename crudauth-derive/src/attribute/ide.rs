//! The keys that a struct uses, as items of the runtime, so that an editor shows what a key means
//! and goes to its documentation.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::Path;
use syn::ext::IdentExt;

use crate::quote::name;

/// A key as it stands in an attribute.
#[derive(Clone)]
pub(crate) struct Link {
    /// The module of the runtime's `keys` that explains it.
    module: &'static str,
    /// The item, at the place of the key.
    item: Ident,
}

impl Link {
    pub(crate) fn new(module: &'static str, key: &Ident) -> Self {
        let name = key.unraw().to_string();
        // The one key that cannot be the name of an item.
        let item = if name == "crate" {
            format_ident!("crate_", span = key.span())
        } else {
            Ident::new(&name, key.span())
        };
        Self { module, item }
    }
}

/// Names the runtime `__auth`, then the items of `links`. A runtime that does not exist is then one
/// error, of the first import.
pub(crate) fn imports(runtime: &Path, links: &[Link]) -> TokenStream {
    let links = (!links.is_empty()).then(|| {
        let items = links.iter().map(|Link { module, item }| {
            let module = name(module);
            quote_mixed!(#module::#item as _)
        });
        quote_mixed! {
            #[allow(unused_imports, reason = "they are for an editor")]
            use __auth::keys::{#(#items),*};
        }
    });
    quote_mixed! {
        use #runtime::__private as __auth;
        #links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenTree;
    use syn::DeriveInput;

    /// The names with a place in `source`, of all that `expansion` imports.
    fn linked(expansion: TokenStream, found: &mut Vec<String>) {
        for token in expansion {
            match token {
                TokenTree::Group(group) => linked(group.stream(), found),
                TokenTree::Ident(ident) => {
                    if let Some(written) = ident.span().source_text() {
                        found.push(format!("{ident} at {written}"));
                    }
                }
                _ => {}
            }
        }
    }

    fn links(source: &str, expansion: fn(&DeriveInput) -> TokenStream) -> String {
        let expansion = expansion(&syn::parse_str(source).unwrap());
        let file: syn::File = syn::parse2(expansion).unwrap();
        let syn::Item::Const(constant) = &file.items[0] else { panic!("the first item") };
        let syn::Expr::Block(block) = &*constant.expr else { panic!("its block") };
        let mut found = Vec::new();
        for statement in &block.block.stmts {
            if let syn::Stmt::Item(syn::Item::Use(import)) = statement {
                linked(quote::quote!(#import), &mut found);
            }
        }
        found.join(", ")
    }

    #[test]
    fn every_key_of_a_user_is_linked_at_its_place() {
        let source = r#"
            #[diesel(table_name = users)]
            #[auth(login(email), crate = ::web::auth)]
            struct User {
                id: i32,
                email: String,
                #[auth(logical = "hashed_password", column = "hash")]
                secret: String,
                is_active: bool,
                token_version: i32,
                #[auth(register)]
                a: String,
                #[auth(register, rename = "bee")]
                b: String,
                #[auth(r#default)]
                c: String,
            }
        "#;
        let expected = "web at web, auth at auth, login at login, crate_ at crate, \
                        logical at logical, column at column, register at register, \
                        register at register, rename at rename, default at r#default";
        assert_eq!(links(source, crate::derive), expected);
    }

    #[test]
    fn every_key_of_a_schema_is_linked_at_its_place() {
        let source = r#"
            #[auth(user = User, crate = ::web::auth)]
            struct SignUp {
                password: String,
                #[auth(rename = "bee", input_only)]
                b: String,
            }
        "#;
        let expected = "web at web, auth at auth, user at user, crate_ at crate, \
                        rename at rename, input_only at input_only";
        assert_eq!(links(source, crate::register_schema::derive), expected);
    }
}
