//! One item for each key of the derives. The expansion names those that a struct uses, at the
//! place of the key, so that an editor goes from a key to what it means.

macro_rules! items {
    ($(
        $(#[$module_doc:meta])*
        $_Level:ident, $module:ident, $_Derive:ident, $_Place:ident {$(
            $(#[$doc:meta])*
            $_Key:ident, $item:ident, $_name:literal: $_Form:ident $(($_what:literal))?,
                $_example:literal on $_on:literal;
        )*}
    )*) => {$(
        $(#[$module_doc])*
        pub mod $module {$(
            $(#[$doc])*
            pub mod $item {}
        )*}
    )*};
}

keys!(items);
