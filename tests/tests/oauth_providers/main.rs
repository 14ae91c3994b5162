//! Providers of identities: Google, GitHub, OpenID Connect, against a provider that runs here, a good one
//! and one with a fault in each test.

mod documents;
mod exchange;
mod github;
mod id_tokens;
mod sign_in;
