//! The queries on the user's table, for each backend.
//!
//! The derive passes names and types; the SQL is here. A gate macro per backend (`with_sqlite!`)
//! is defined twice, so that the derive knows no features: it passes its tokens on where the
//! backend is enabled, and drops them where it is not.

/// Passes its input on where the list before it has `sqlite` or `every`: the feature is enabled.
#[cfg(feature = "sqlite")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_sqlite {
    ([every] $($tokens:tt)*) => { $($tokens)* };
    ([sqlite $($rest:ident)*] $($tokens:tt)*) => { $($tokens)* };
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

/// Implements the stores of the backends `on`, as far as they are enabled, for a user struct.
///
/// Local names begin with underscores, because a column in scope by `dsl::*` is a unit struct,
/// and a plain name would be a pattern that means it.
///
/// Columns come as types. Whether a field fits its column is asserted by the derive, at the
/// field; the queries assume it (`for<'w>` lets a bound stand that does not hold). They are
/// inherent functions, which exist only where the bounds hold, and hide those of
/// `NoSqliteQueries`. So a field that does not fit is one error, and not one for each query and
/// each use. Likewise `{Field}Text` is a `TextOf` whose functions exist where the field is text,
/// and hide those of `Otherwise`, which the derive imports.
#[doc(hidden)]
#[macro_export]
macro_rules! __user_store {
    (
        on = $on:tt,
        user = $User:ident,
        table = $table:path,
        id = ($id:ty, $Id:ty),
        load = [$(($place:tt, $field:ident, $column:ty, $Type:ty)),* $(,)?],
        login = [
            ($first:expr, $first_column:ty, $FirstText:ty)
            $(, ($next:expr, $next_column:ty, $NextText:ty))* $(,)?
        ],
        insert = |$new:ident| [$(($insert_column:ty, $InsertType:ty, $value:expr)),* $(,)?],
        new_id = [$(($new_id:ty, $NewId:ty))?],
        password = ($password:ty, $PasswordText:ty),
        epoch = [$(($epoch:ty, $Epoch:ty))?],
        email = [$(($email:ty, $EmailText:ty))?],
        email_verified = [$($email_verified:ty)?],
        recovery = [$(($recovery:ty, $Recovery:ty, $RecoveryText:ty, $recovery_verified:ty))?],
        updated_at = [$(($updated_at:ty, $UpdatedAt:ty))?] $(,)?
    ) => {
        $crate::__private::with_sqlite! {
            $on
            struct __SqliteQueries;

            #[automatically_derived]
            impl __SqliteQueries
            where
                $(for<'w> $crate::__private::diesel::sqlite::Sqlite:
                    $crate::__private::diesel::sql_types::HasSqlType<
                        $crate::__private::SqlTypeOf<$column>,
                    >,)*
                $(for<'w> $Type: $crate::__private::ReadableOnSqlite<$crate::__private::SqlTypeOf<$column>>,)*
                $(for<'w> $InsertType:
                    $crate::__private::WritableOnSqlite<$crate::__private::SqlTypeOf<$insert_column>>,)*
                for<'w> $Id: $crate::__private::WritableOnSqlite<$crate::__private::SqlTypeOf<$id>>,
                $(for<'w> $Recovery:
                    $crate::__private::WritableOnSqlite<$crate::__private::SqlTypeOf<$recovery>>,)?
                $(for<'w> $crate::__private::bool:
                    $crate::__private::WritableOnSqlite<
                        $crate::__private::SqlTypeOf<$email_verified>,
                    >,)?
                $(for<'w> $crate::__private::bool:
                    $crate::__private::WritableOnSqlite<
                        $crate::__private::SqlTypeOf<$recovery_verified>,
                    >,)?
                $(for<'w> $UpdatedAt:
                    $crate::__private::WritableOnSqlite<$crate::__private::SqlTypeOf<$updated_at>>,)?
            {
                fn table() -> $crate::__private::String {
                    $crate::__private::sqlite_name(&$table)
                }

                fn probe(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                ) -> $crate::__private::diesel::QueryResult<()> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($crate::__private::column::<$column>(),)*))
                        .filter(false.into_sql::<$crate::__private::diesel::sql_types::Bool>())
                        .load::<($($Type,)*)>(__connection)
                        .map(|_| ())
                }

                fn find_by_id(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __id: &<$User as $crate::user::AuthUser>::Id,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<$User>> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($crate::__private::column::<$column>(),)*))
                        .filter(
                            $crate::__private::is::<$id, _>(__id),
                        )
                        .get_result::<($($Type,)*)>(__connection)
                        .optional()
                        .map(|__row| __row.map(|__row| $User { $($field: __row.$place,)* }))
                }

                fn find_by_login(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __name: &$crate::user::LoginName,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Vec<$User>> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($crate::__private::column::<$column>(),)*))
                        .filter(
                            $crate::__private::is::<$first_column, _>(
                                <$FirstText>::text(__name.for_field($first)),
                            )
                            $(.or($crate::__private::is::<$next_column, _>(
                                <$NextText>::text(__name.for_field($next)),
                            )))*
                        )
                        .load::<($($Type,)*)>(__connection)
                        .map(|__rows| {
                            $crate::__private::all_rows(
                                __rows,
                                |__row| $User { $($field: __row.$place,)* },
                            )
                        })
                }

                fn insert(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    $new: $crate::user::NewUser<$User>,
                ) -> $crate::__private::diesel::QueryResult<$User> {
                    use $crate::__private::diesel::prelude::*;
                    $crate::__private::diesel::insert_into($table)
                        .values((
                            $($crate::__private::is::<$insert_column, $InsertType>($value),)*
                            $($crate::__private::Is::<$NewId>::new_id()
                                .map($crate::__private::is::<$new_id, _>),)?
                        ))
                        .returning(($($crate::__private::column::<$column>(),)*))
                        .load::<($($Type,)*)>(__connection)
                        .and_then($crate::__private::only_row)
                        .map(|__row| $User { $($field: __row.$place,)* })
                }

                fn find_by_recovery(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __value: &str,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<$User>> {
                    use $crate::__private::diesel::prelude::*;
                    if <$User as $crate::user::AuthUser>::SCHEMA.recovery.is_none() {
                        return $crate::__private::Result::Ok($crate::__private::Option::None);
                    }
                    let __query = $table
                        .select(($($crate::__private::column::<$column>(),)*))
                        .into_boxed::<$crate::__private::diesel::sqlite::Sqlite>();
                    $(let __query = __query.filter($crate::__private::is::<$recovery, _>(
                        <$RecoveryText>::text(__value),
                    ));)?
                    __query
                        .get_result::<($($Type,)*)>(__connection)
                        .optional()
                        .map(|__row| __row.map(|__row| $User { $($field: __row.$place,)* }))
                }

                fn change(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __id: &<$User as $crate::user::AuthUser>::Id,
                    __change: &$crate::user::Change,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::usize> {
                    use $crate::__private::diesel::prelude::*;
                    let (__set, __when) = (__change.set(), __change.when());
                    let mut __statement = $crate::__private::diesel::update($table)
                        .filter($crate::__private::is::<$id, _>(__id))
                        .set((
                            __set.password.as_ref().map(|__to| {
                                $crate::__private::is::<$password, _>(
                                    <$PasswordText>::text(__to.as_stored()),
                                )
                            }),
                            $(__set.epoch.map(|__to| {
                                $crate::__private::is::<$epoch, _>(
                                    $crate::__private::Is::<$Epoch>::from_i64(__to),
                                )
                            }),)?
                            $(__set.email.as_deref().map(|__to| {
                                $crate::__private::is::<$email, _>(
                                    <$EmailText>::text(__to),
                                )
                            }),)?
                            $(__set.email.as_deref().map(|_| {
                                $crate::__private::is::<$email_verified, _>(true)
                            }),)?
                            $(__set.recovery_verified.then(|| {
                                $crate::__private::is::<$recovery_verified, _>(true)
                            }),)?
                            $($crate::__private::is::<$updated_at, _>(
                                <$UpdatedAt as $crate::user::UserTimestamp>::from_system_time(
                                    __change.at(),
                                ),
                            ),)?
                        ))
                        .into_boxed::<$crate::__private::diesel::sqlite::Sqlite>();
                    if let $crate::__private::Option::Some(__is) = &__when.password {
                        __statement = __statement.filter($crate::__private::is::<$password, _>(
                            <$PasswordText>::text(__is.as_stored()),
                        ));
                    }
                    if __when.no_password {
                        __statement = __statement
                            .filter($crate::__private::column::<$password>().is_null());
                    }
                    $(if let $crate::__private::Option::Some(__is) = __when.epoch {
                        __statement = __statement.filter($crate::__private::is::<$epoch, _>(
                            $crate::__private::Is::<$Epoch>::from_i64(__is),
                        ));
                    })?
                    $(if let $crate::__private::Option::Some(__is) = &__when.email {
                        __statement = __statement.filter($crate::__private::is::<$email, _>(
                            <$EmailText>::text(__is),
                        ));
                    })?
                    $(if let $crate::__private::Option::Some(__is) = &__when.recovery {
                        __statement = __statement.filter($crate::__private::is::<$recovery, _>(
                            <$RecoveryText>::text(__is),
                        ));
                    }
                    if __when.recovery_unverified {
                        __statement = __statement
                            .filter($crate::__private::is::<$recovery_verified, _>(false));
                    })?
                    __statement.execute(__connection)
                }
            }

            #[automatically_derived]
            impl $crate::__private::NoSqliteQueries for __SqliteQueries {
                type User = $User;
            }

            #[automatically_derived]
            impl $crate::__private::SqliteUser for $User {
                fn table() -> $crate::__private::String {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::table()
                }

                fn probe(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                ) -> $crate::__private::diesel::QueryResult<()> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::probe(__connection)
                }

                fn find_by_id(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __id: &<Self as $crate::user::AuthUser>::Id,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<Self>> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::find_by_id(__connection, __id)
                }

                fn find_by_login(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __name: &$crate::user::LoginName,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Vec<Self>> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::find_by_login(__connection, __name)
                }

                fn find_by_recovery(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __value: &str,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<Self>> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::find_by_recovery(__connection, __value)
                }

                fn insert(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __new: $crate::user::NewUser<Self>,
                ) -> $crate::__private::diesel::QueryResult<Self> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::insert(__connection, __new)
                }

                fn change(
                    __connection: &mut $crate::__private::diesel::SqliteConnection,
                    __id: &<Self as $crate::user::AuthUser>::Id,
                    __change: &$crate::user::Change,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::usize> {
                    use $crate::__private::NoSqliteQueries as _;
                    __SqliteQueries::change(__connection, __id, __change)
                }
            }
        }
    };
}

/// Implements the stores of every enabled backend for a user struct whose derive failed, so that
/// its use sites stay quiet.
#[doc(hidden)]
#[macro_export]
macro_rules! __stub_store {
    ($User:ident) => {
        $crate::__private::with_sqlite! {
            [every]
            #[automatically_derived]
            impl $crate::__private::SqliteUser for $User {
                fn table() -> $crate::__private::String {
                    $crate::__private::stub()
                }

                fn probe(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                ) -> $crate::__private::diesel::QueryResult<()> {
                    $crate::__private::stub()
                }

                fn find_by_id(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                    _: &<Self as $crate::user::AuthUser>::Id,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<Self>> {
                    $crate::__private::stub()
                }

                fn find_by_recovery(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                    _: &str,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<Self>> {
                    $crate::__private::stub()
                }

                fn find_by_login(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                    _: &$crate::user::LoginName,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Vec<Self>> {
                    $crate::__private::stub()
                }

                fn insert(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                    _: $crate::user::NewUser<Self>,
                ) -> $crate::__private::diesel::QueryResult<Self> {
                    $crate::__private::stub()
                }

                fn change(
                    _: &mut $crate::__private::diesel::SqliteConnection,
                    _: &<Self as $crate::user::AuthUser>::Id,
                    _: &$crate::user::Change,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::usize> {
                    $crate::__private::stub()
                }
            }
        }
    };
}
