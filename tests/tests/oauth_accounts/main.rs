//! Whose account an identity is, over HTTP on the engines of the environment.

mod app;
mod failing;
mod linked;
mod prehijacks;
mod races;
mod reused;
mod rules;
mod site;
mod watched;
