//! Pages about what an application does with crudauth beyond its routes. Nothing here is code.

pub mod by_mail;
pub mod connections;
pub mod errors;
pub mod pages;
pub mod pools;
#[cfg(feature = "oauth")]
pub mod providers;
pub mod second_factors;
pub mod signing_in;
pub mod single_page;
pub mod step_up;
pub mod tenants;
pub mod your_table;
