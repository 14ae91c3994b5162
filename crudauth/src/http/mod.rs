//! What the features share of HTTP: bodies, cookies, where a request comes from, routes.

mod body;
mod client;
mod clients;
mod cookies;
mod notes;
mod origin;
mod panics;
mod proxies;
mod report;
pub mod route;
mod routes;
pub(crate) mod wire;

pub(crate) use self::body::is_form;
pub use self::body::{FormFields, JsonBody, parse_bool, read_form, read_json};
pub use self::client::ClientAddress;
pub(crate) use self::clients::Clients;
pub(crate) use self::cookies::cookie_values;
pub use self::cookies::{CookieConfig, InvalidCookie, SameSite, SetCookie, find_cookie};
pub(crate) use self::notes::{AnswerNotes, write_notes};
pub use self::origin::{
    InvalidTrustedOrigin, OriginPolicy, TrustedOrigin, Verdict, opens_connection,
};
pub(crate) use self::panics::answer_panics;
pub use self::proxies::{InvalidNetwork, TrustedProxies};
pub use self::routes::{Route, Routes};
