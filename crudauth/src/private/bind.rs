use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
    is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, SingleValue, SqlType};

/// A bound value of the SQL type `ST`.
///
/// Diesel's own way from a value to an expression is closed to types of other crates, such as
/// `uuid::Uuid` on SQLite; this one needs only that the type can be written as `ST`.
#[derive(Debug)]
pub struct Bind<ST, T> {
    value: T,
    sql_type: PhantomData<ST>,
}

/// Binds `value` where the SQL type `ST` is expected.
pub fn bind<ST, T>(value: T) -> Bind<ST, T> {
    Bind { value, sql_type: PhantomData }
}

impl<ST: SqlType + SingleValue + TypedExpressionType, T> Expression for Bind<ST, T> {
    type SqlType = ST;
}

impl<ST, T, DB> QueryFragment<DB> for Bind<ST, T>
where
    DB: Backend + HasSqlType<ST>,
    T: ToSql<ST, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_bind_param(&self.value)
    }
}

impl<ST: QueryId, T> QueryId for Bind<ST, T> {
    type QueryId = Bind<ST::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = ST::HAS_STATIC_QUERY_ID;
}

impl<ST, T, GB> ValidGrouping<GB> for Bind<ST, T> {
    type IsAggregate = is_aggregate::Never;
}

impl<ST, T, QS> AppearsOnTable<QS> for Bind<ST, T> where Self: Expression {}

impl<ST, T, QS> SelectableExpression<QS> for Bind<ST, T> where Self: AppearsOnTable<QS> {}
