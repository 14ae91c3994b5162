//! What the name of a type tells. An alias tells nothing, and is left to the compiler.

use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, Type};

/// What a type is, where its name is one that everybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Bool,
    /// The integers that the epoch and the TOTP step are kept in.
    Counter,
    /// The integers that a flag may be kept in.
    SmallNumber,
    OtherNumber,
    Text,
    Bytes,
}

/// The kind of `ty`, if its name is a well-known one.
pub(crate) fn known(ty: &Type) -> Option<Known> {
    let last = path_of(ty)?.segments.last()?;
    if last.ident == "Vec" {
        return Some(Known::Bytes);
    }
    if !matches!(last.arguments, PathArguments::None) {
        return None;
    }
    Some(match last.ident.to_string().as_str() {
        "bool" => Known::Bool,
        "i32" | "i64" => Known::Counter,
        "i8" | "u8" | "i16" => Known::SmallNumber,
        "i128" | "isize" | "u16" | "u32" | "u64" | "u128" | "usize" | "f32" | "f64" => {
            Known::OtherNumber
        }
        "String" => Known::Text,
        _ => return None,
    })
}

/// Whether the type is written as an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    path_of(ty).and_then(|path| path.segments.last()).is_some_and(|last| last.ident == "Option")
}

/// Whether it is `Uuid` or `Option<Uuid>`, as far as its name tells.
pub(crate) fn is_uuid(ty: &Type) -> bool {
    let path = path_of(without_option(ty));
    path.and_then(|path| path.segments.last()).is_some_and(|last| last.ident == "Uuid")
}

/// Whether it can be the type of an id, as far as its name tells.
pub(crate) fn may_identify(ty: &Type) -> bool {
    !is_option(ty) && !matches!(known(ty), Some(Known::Bool | Known::Bytes))
}

/// Whether it certainly is not text.
pub(crate) fn is_never_text(ty: &Type) -> bool {
    known(ty).is_some_and(|kind| kind != Known::Text)
}

/// Whether a client can certainly send it.
pub(crate) fn everybody_can_send(ty: &Type) -> bool {
    known(without_option(ty)).is_some_and(|kind| kind != Known::Bytes)
}

/// `T` of `Option<T>`, and any other type itself.
pub(crate) fn without_option(ty: &Type) -> &Type {
    if !is_option(ty) {
        return ty;
    }
    let arguments = path_of(ty).and_then(|path| path.segments.last()).map(|last| &last.arguments);
    match arguments {
        Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => inner,
            _ => ty,
        },
        _ => ty,
    }
}

/// Sees through the invisible group that a `macro_rules!` puts around a `$ty:ty`.
fn path_of(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        Type::Group(group) => path_of(&group.elem),
        Type::Paren(paren) => path_of(&paren.elem),
        _ => None,
    }
}

/// A type as people write it, without the blanks that a token stream prints.
pub(crate) fn spell(ty: &Type) -> String {
    let mut spelled = ty.to_token_stream().to_string();
    for (blank, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
    ] {
        spelled = spelled.replace(blank, tight);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn types_are_spelled_as_people_write_them() {
        for written in
            ["Option<String>", "std::option::Option<::uuid::Uuid>", "[u8; 4]", "(i32, A<B, C>)"]
        {
            let ty: Type = syn::parse_str(written).unwrap();
            assert_eq!(spell(&ty), written);
        }
    }

    #[test]
    fn only_well_known_names_are_known() {
        assert_eq!(known(&parse_quote!(bool)), Some(Known::Bool));
        assert_eq!(known(&parse_quote!(std::string::String)), Some(Known::Text));
        assert_eq!(known(&parse_quote!(Vec<u8>)), Some(Known::Bytes));
        assert_eq!(known(&parse_quote!(Flag)), None);
        assert_eq!(known(&parse_quote!(Option<bool>)), None);
        assert_eq!(known(without_option(&parse_quote!(Option<bool>))), Some(Known::Bool));
    }
}
