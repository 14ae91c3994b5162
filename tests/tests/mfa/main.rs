//! Second factors over a real port: the routes, the sign-in that stops, and what it does to the rest.

mod by_mail;
mod gates;
mod limits;
mod manage;
mod parallel;
mod places;
mod second_step;
mod site;
mod walk_around;
