//! What the compiler says of a user struct: nothing, where it is right, and where it is wrong
//! exactly the mistake, at its place.
//!
//! The texts of rustc itself drift between releases; they are those of the release that
//! CI pins. `TRYBUILD=overwrite` writes them anew: read every one.

#[test]
fn user_structs() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/**/*.rs");
}
