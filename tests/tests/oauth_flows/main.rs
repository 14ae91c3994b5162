//! Flows at a provider over a real port: who may end them, and each fault of a provider in both ways to
//! answer.

mod app;
mod apps;
mod chance;
mod environment;
mod faults;
mod forms;
mod github;
mod kept_tokens;
mod secrets;
mod surface;
mod table;
mod unlinked;
mod users;
