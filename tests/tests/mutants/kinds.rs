//! What kind of code a mutant stands in the place of: a build of all mutants takes minutes, and most of what would
//! break it is found here.

use std::ops::Range;

use crudauth_tests::mutants::{Mutant, planted};
use syn::spanned::Spanned;
use syn::{Block, File, ImplItem, Item, Signature, Stmt, TraitItem};

/// A file, read.
pub(crate) struct Source {
    text: String,
    file: File,
}

impl Source {
    pub(crate) fn of(text: String) -> Self {
        let file = syn::parse_file(&text).expect("the sources are code");
        Self { text, file }
    }

    /// Why `mutant` cannot be planted here, if it cannot.
    pub(crate) fn mistake(&self, mutant: &Mutant) -> Option<String> {
        let text = match planted(&self.text, &[mutant]) {
            Ok(text) => text,
            Err(errors) => return Some(errors[0].why.clone()),
        };
        if let Err(error) = syn::parse_file(&text) {
            return Some(format!("is no code in its place: {error}"));
        }
        let Ok(block) = syn::parse_str::<Block>(&format!("{{ {} }}", mutant.original)) else {
            return Some("stands for what is neither an expression nor statements".to_owned());
        };
        if block.stmts.iter().any(|it| matches!(it, Stmt::Local(_) | Stmt::Item(_))) {
            return Some("declares what nobody sees behind the switch".to_owned());
        }
        let at = self.text.find(mutant.original)?;
        let is_constant = is_constant(&self.file.items, &(at..at + mutant.original.len()));
        is_constant.then(|| "is in a constant, where nothing can be switched".to_owned())
    }
}

fn has(node: &impl Spanned, place: &Range<usize>) -> bool {
    let node = node.span().byte_range();
    node.start <= place.start && place.end <= node.end
}

/// Whether the compiler evaluates what is at `place` of these items.
fn is_constant(items: &[Item], place: &Range<usize>) -> bool {
    items.iter().filter(|item| has(*item, place)).any(|item| match item {
        Item::Const(_) | Item::Static(_) => true,
        Item::Fn(item) => is_in_constant(&item.sig, &item.block, place),
        Item::Mod(item) => item.content.iter().any(|(_, items)| is_constant(items, place)),
        Item::Impl(block) => block.items.iter().any(|item| match item {
            ImplItem::Const(item) => has(item, place),
            ImplItem::Fn(item) => is_in_constant(&item.sig, &item.block, place),
            _ => false,
        }),
        Item::Trait(block) => block.items.iter().any(|item| match item {
            TraitItem::Const(item) => has(item, place),
            TraitItem::Fn(item) => {
                item.default.iter().any(|block| is_in_constant(&item.sig, block, place))
            }
            _ => false,
        }),
        _ => false,
    })
}

fn is_in_constant(signature: &Signature, block: &Block, place: &Range<usize>) -> bool {
    let items = block.stmts.iter().filter_map(|statement| match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    });
    has(block, place)
        && (signature.constness.is_some()
            || items.into_iter().any(|item| is_constant(std::slice::from_ref(item), place)))
}
