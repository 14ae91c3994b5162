//! The queries on the user's table, for each backend.
//!
//! The derive passes names and types; the SQL is here. A gate macro per backend (`with_sqlite!`)
//! is defined twice, so that the derive knows no features: it passes its tokens on where the
//! backend is enabled, and drops them where it is not.

/// Passes its input on: the feature `sqlite` is enabled.
#[cfg(feature = "sqlite")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_sqlite {
    ($($tokens:tt)*) => { $($tokens)* };
}

/// Drops its input: the feature `sqlite` is not enabled.
#[cfg(not(feature = "sqlite"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_sqlite {
    ($($tokens:tt)*) => {};
}

/// Implements the stores of every enabled backend for a user struct.
#[doc(hidden)]
#[macro_export]
macro_rules! __user_store {
    (
        user = $User:ident,
        table = $table:path,
        id = $id:path,
        load = [$(($field:ident, $column:path, $Type:ty)),* $(,)?],
        login = [
            ($first:expr, $first_column:path, $FirstType:ty)
            $(, ($next:expr, $next_column:path, $NextType:ty))* $(,)?
        ],
        insert = |$new:ident| [$(($insert_column:path, $value:expr)),* $(,)?],
        new_id = [$(($new_id:path, $NewId:ty))?],
        password = ($password:path, $Password:ty),
        epoch = [$(($epoch:path, $Epoch:ty))?],
        updated_at = [$(($updated_at:path, $UpdatedAt:ty))?] $(,)?
    ) => {
        $crate::__private::with_sqlite! {
            #[automatically_derived]
            impl $crate::__private::SqliteUser for $User {
                fn table() -> $crate::__private::String {
                    $crate::__private::sqlite_name(&$table)
                }

                fn probe(
                    connection: &mut $crate::__private::diesel::SqliteConnection,
                ) -> $crate::__private::diesel::QueryResult<()> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($column,)*))
                        .filter(false.into_sql::<$crate::__private::diesel::sql_types::Bool>())
                        .load::<($($Type,)*)>(connection)
                        .map(|_| ())
                }

                fn find_by_id(
                    connection: &mut $crate::__private::diesel::SqliteConnection,
                    id: &<Self as $crate::user::AuthUser>::Id,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Option<Self>> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($column,)*))
                        .filter($id.eq($crate::__private::bind(id)))
                        .get_result::<($($Type,)*)>(connection)
                        .optional()
                        .map(|row| row.map(|($($field,)*)| Self { $($field,)* }))
                }

                fn find_by_login(
                    connection: &mut $crate::__private::diesel::SqliteConnection,
                    name: &$crate::user::LoginName,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::Vec<Self>> {
                    use $crate::__private::diesel::prelude::*;
                    $table
                        .select(($($column,)*))
                        .filter(
                            $first_column
                                .eq($crate::__private::text::<$FirstType, _>(name.for_field($first)))
                                $(.or($next_column
                                    .eq($crate::__private::text::<$NextType, _>(name.for_field($next)))))*
                        )
                        .load::<($($Type,)*)>(connection)
                        .map(|rows| rows.into_iter().map(|($($field,)*)| Self { $($field,)* }).collect())
                }

                fn insert(
                    connection: &mut $crate::__private::diesel::SqliteConnection,
                    $new: $crate::user::NewUser<Self>,
                ) -> $crate::__private::diesel::QueryResult<Self> {
                    use $crate::__private::diesel::prelude::*;
                    $crate::__private::diesel::insert_into($table)
                        .values((
                            $($insert_column.eq($value),)*
                            $(<$NewId as $crate::user::NewId>::new_id()
                                .map(|id| $new_id.eq($crate::__private::bind(id))),)?
                        ))
                        .returning(($($column,)*))
                        .get_result::<($($Type,)*)>(connection)
                        .map(|($($field,)*)| Self { $($field,)* })
                }

                fn change(
                    connection: &mut $crate::__private::diesel::SqliteConnection,
                    id: &<Self as $crate::user::AuthUser>::Id,
                    change: &$crate::user::Change,
                ) -> $crate::__private::diesel::QueryResult<$crate::__private::usize> {
                    use $crate::__private::diesel::prelude::*;
                    let mut statement = $crate::__private::diesel::update($table)
                        .filter($id.eq($crate::__private::bind(id)))
                        .set((
                            $password.eq($crate::__private::text::<$Password, _>(
                                change.new_password().as_stored(),
                            )),
                            $(change.new_epoch().map(|to| {
                                $epoch.eq(<$Epoch as $crate::__private::Epoch>::from_i64(to))
                            }),)?
                            $($updated_at.eq(
                                <$UpdatedAt as $crate::user::UserTimestamp>::from_system_time(change.at()),
                            ),)?
                        ))
                        .into_boxed();
                    if let $crate::__private::Option::Some(expected) = change.expected_password() {
                        statement = statement.filter($password.eq(
                            $crate::__private::text::<$Password, _>(expected.as_stored()),
                        ));
                    }
                    $(if let $crate::__private::Option::Some(expected) = change.expected_epoch() {
                        statement = statement.filter(
                            $epoch.eq(<$Epoch as $crate::__private::Epoch>::from_i64(expected)),
                        );
                    })?
                    statement.execute(connection)
                }
            }
        }
    };
}
