//! For which backends a user struct gets its stores.
//!
//! The derive knows no features. It writes its code for the backend `__Backend`, and each gate
//! here says which one that is, or drops the code where the backend is not enabled.

/// Repeats its input for each backend in the list before it, as far as they are enabled; `every`
/// means them all.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_backends {
    ($on:tt $($tokens:tt)*) => {
        $crate::__private::with_sqlite! { $on $($tokens)* }
        $crate::__private::with_postgres! { $on $($tokens)* }
        $crate::__private::with_mysql! { $on $($tokens)* }
    };
}

/// Passes its input on where the list before it has `sqlite` or `every`.
#[cfg(feature = "sqlite")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_sqlite {
    ([every] $($tokens:tt)*) => { $crate::__private::with_sqlite! { [sqlite] $($tokens)* } };
    ([sqlite $($rest:ident)*] $($tokens:tt)*) => {
        const _: () = {
            type __Backend = $crate::__private::diesel::sqlite::Sqlite;
            $($tokens)*
        };
    };
    ([$other:ident $($rest:ident)*] $($tokens:tt)*) => {
        $crate::__private::with_sqlite! { [$($rest)*] $($tokens)* }
    };
    ([] $($tokens:tt)*) => {};
}

/// Drops its input: the feature `sqlite` is not enabled.
#[cfg(not(feature = "sqlite"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_sqlite {
    ($($tokens:tt)*) => {};
}

/// Passes its input on where the list before it has `postgres` or `every`.
#[cfg(feature = "postgres")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_postgres {
    ([every] $($tokens:tt)*) => { $crate::__private::with_postgres! { [postgres] $($tokens)* } };
    ([postgres $($rest:ident)*] $($tokens:tt)*) => {
        const _: () = {
            type __Backend = $crate::__private::diesel::pg::Pg;
            $($tokens)*
        };
    };
    ([$other:ident $($rest:ident)*] $($tokens:tt)*) => {
        $crate::__private::with_postgres! { [$($rest)*] $($tokens)* }
    };
    ([] $($tokens:tt)*) => {};
}

/// Drops its input: the feature `postgres` is not enabled.
#[cfg(not(feature = "postgres"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_postgres {
    ($($tokens:tt)*) => {};
}

/// Passes its input on where the list before it has `mysql` or `every`.
#[cfg(feature = "mysql")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_mysql {
    ([every] $($tokens:tt)*) => { $crate::__private::with_mysql! { [mysql] $($tokens)* } };
    ([mysql $($rest:ident)*] $($tokens:tt)*) => {
        const _: () = {
            type __Backend = $crate::__private::diesel::mysql::Mysql;
            $($tokens)*
        };
    };
    ([$other:ident $($rest:ident)*] $($tokens:tt)*) => {
        $crate::__private::with_mysql! { [$($rest)*] $($tokens)* }
    };
    ([] $($tokens:tt)*) => {};
}

/// Drops its input: the feature `mysql` is not enabled.
#[cfg(not(feature = "mysql"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_mysql {
    ($($tokens:tt)*) => {};
}
