//! Whose account an identity is, over HTTP on the engines of the environment.

mod app;
mod deleted;
mod failing;
mod impostor;
mod linked;
mod prehijacks;
mod races;
mod reused;
mod rules;
mod settings;
mod site;
mod uses;
mod watched;
