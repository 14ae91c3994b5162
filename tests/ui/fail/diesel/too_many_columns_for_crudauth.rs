//! With Diesel's own feature for wide tables, and without crudauth's. (Where both are off, as in
//! `c26_too_many_columns.rs`, Diesel speaks first. So the columns stand here by themselves.)

diesel::table! {
    users (id) {
        id -> Integer,
    }
}

type C = users::id;

type Wide = (
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C,
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C,
);

fn columns<T: crudauth::__private::TableColumns>() {}

fn main() {
    columns::<Wide>();
}
