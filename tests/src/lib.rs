//! What the tests of crudauth share.

pub mod attack;
pub mod conformance;
pub mod support;
