//! What the features share of HTTP: bodies, cookies, where a request comes from, routes.

mod accept;
mod body;
mod client;
mod clients;
mod cookies;
mod local_path;
mod notes;
mod origin;
mod panics;
mod proxies;
mod report;
mod return_to;
pub mod route;
mod routes;
mod tenant;
pub(crate) mod wire;

pub(crate) use self::accept::asks_for_page;
pub use self::body::{FormFields, JsonBody, parse_bool, read_form, read_json};
pub(crate) use self::body::{form_values, is_form, says_json, whole_body};
pub use self::client::ClientAddress;
pub(crate) use self::clients::Clients;
pub(crate) use self::cookies::cookie_values;
pub use self::cookies::{CookieConfig, InvalidCookie, SameSite, SetCookie, find_cookie};
pub(crate) use self::local_path::{MAX_TARGET, is_local_path};
pub(crate) use self::notes::{AnswerNotes, write_notes};
pub use self::origin::{
    InvalidTrustedOrigin, OriginPolicy, TrustedOrigin, Verdict, opens_connection,
};
pub(crate) use self::panics::answer_panics;
pub use self::proxies::{InvalidNetwork, TrustedProxies};
pub use self::return_to::ReturnTo;
pub(crate) use self::return_to::hidden_field;
pub use self::routes::{Route, Routes};
pub(crate) use self::tenant::TenantName;
