//! What the tests of crudauth share.

pub mod conformance;
pub mod support;
