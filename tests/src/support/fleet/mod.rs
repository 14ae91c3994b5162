//! Server processes: the application under test, each time in a process of its own, over databases
//! that several of them share.
//!
//! The program is `src/bin/member.rs`. It is told its [`Plan`] when it starts, then takes orders from
//! its input, one a line; it ends with the input, and so cannot outlive the test.

mod hasher;
mod letters;
mod member;
mod plan;
mod serve;
mod writes;

pub use self::letters::Letters;
pub use self::member::{Member, Order};
pub use self::plan::{Limits, Plan};
pub use self::serve::serve;
