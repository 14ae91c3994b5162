//! Hostile values and company: what is looked up finds itself and nothing else, and of eight who
//! make one change at once, one does.

use std::collections::BTreeMap;

use crudauth::store::{Changed, InsertError};
use crudauth::user::{Change, LoginField, LoginName, NoTenant, StoredUser};

use super::{Member, Subject, hash, moment, new};

/// Names that an engine could take for a pattern, for syntax, or for one another.
const NAMES: [&str; 46] = [
    "ada",
    "Ada",
    "ADA",
    "ad\u{e1}",
    "ada\u{301}",
    " ada",
    "ada ",
    "a da",
    "ada\u{a0}",
    "%",
    "_",
    "a%",
    "a_a",
    "ad_",
    "%a%",
    "*",
    "?",
    "[a]",
    "a*",
    "\\",
    "\\%",
    "\\_",
    "a\\",
    "'",
    "''",
    "a'b",
    "\"",
    "`",
    ";",
    "--",
    "/*",
    "' OR '1'='1",
    "0",
    "00",
    "1e3",
    "null",
    "NULL",
    "\u{df}",
    "ss",
    "\u{131}",
    "\u{130}",
    "\u{fb01}",
    "fi",
    "\u{1f980}",
    "\u{ff41}\u{ff44}\u{ff41}",
    "a\nb",
];

/// As above, of addresses.
const ADDRESSES: [&str; 18] = [
    "victor@example.com",
    "v%r@example.com",
    "vict_r@example.com",
    "%@example.com",
    "_@example.com",
    "%@%",
    "victor@%",
    "v'r@example.com",
    "\"v r\"@example.com",
    "v\\r@example.com",
    "v\\%r@example.com",
    "v*r@example.com",
    "vict\u{f3}r@example.com",
    "victo\u{301}r@example.com",
    "victor@exampl\u{e9}.com",
    "\u{1f980}@example.com",
    "v--@example.com",
    "victor@example.co",
];

impl Subject {
    /// Inserts somebody; `None` where the collation of the table takes a value for one that is
    /// there.
    async fn try_insert(&self, email: &str, username: &str) -> Option<StoredUser<Member>> {
        match self.handle(0).insert(new(email, username, Some("h"))).await {
            Ok(member) => Some(member),
            Err(InsertError::Duplicate(_)) => None,
            Err(other) => panic!("`{email}` `{username}`: {other:?}"),
        }
    }
}

/// What `typed` is looked up by.
fn sought(typed: &str, field: LoginField) -> String {
    LoginName::new(typed).for_field(field).to_owned()
}

/// A name finds the user who has it, letter by letter, and nobody else; so does an address, which
/// is the same in either case.
pub async fn every_value_finds_itself_and_nothing_else(subject: Subject) {
    let mut by_name = BTreeMap::new();
    for (number, name) in NAMES.iter().enumerate() {
        let found = subject.try_insert(&format!("user-{number}@example.org"), name).await;
        by_name.extend(found.map(|member| (*name, member)));
    }
    let mut by_address = BTreeMap::new();
    for (number, address) in ADDRESSES.iter().enumerate() {
        let found = subject.try_insert(address, &format!("user-{number}")).await;
        by_address.extend(found.map(|member| (*address, member)));
    }
    assert!(by_name.len() > 20 && by_address.len() > 10, "the engine takes most of them");

    let long = "x".repeat(100_000);
    let nowhere = ["", "nobody", "ada%", "%ada%", "a__", "victor@example.com%", long.as_str()];
    for typed in NAMES.iter().chain(&ADDRESSES).chain(&nowhere) {
        let found = subject.by_login(typed).await;
        let name = sought(typed, LoginField::Username);
        let address = sought(typed, LoginField::Email);
        if let Some(member) = &found {
            let has_name = member.username == name;
            let has_address = sought(&member.email, LoginField::Email) == address;
            assert!(has_name || has_address, "`{typed}` finds {member:?}");
        }
        // What is looked up in another form than its own is no name that a sign-up would store.
        if let Some(member) = by_name.get(typed).filter(|_| name == *typed) {
            assert_eq!(found.as_ref(), Some(member), "`{typed}` finds itself");
        }
        if let Some(member) = by_address.get(typed).filter(|_| address == *typed) {
            assert_eq!(found.as_ref(), Some(member), "`{typed}` finds itself");
        }

        let found = subject.by_recovery(typed).await;
        if let Some(member) = &found {
            let is = sought(&member.email, LoginField::Email);
            assert_eq!(is, address, "mail to `{typed}` opens {member:?}");
        }
        if let Some(member) = by_address.get(typed).filter(|_| address == *typed) {
            assert_eq!(found.as_ref(), Some(member), "mail to `{typed}` opens its account");
        }
    }
}

/// No text of a store has NUL, so that nobody is found by one: the store says nobody, or fails.
pub async fn a_name_with_nul_finds_nobody(subject: Subject) {
    subject.insert("ada@example.com", "ada").await;
    for typed in ["ada\0", "\0ada", "ada\0x", "\0", "ada@example.com\0"] {
        let found = subject.handle(0).find_by_login(&LoginName::new(typed), &NoTenant).await;
        assert!(matches!(found, Ok(None) | Err(_)), "{typed:?}: {found:?}");
        let found = subject.handle(0).find_by_recovery(typed, &NoTenant).await;
        assert!(matches!(found, Ok(None) | Err(_)), "{typed:?}: {found:?}");
    }
    assert!(subject.by_login("ada").await.is_some(), "the store works on");
}

/// Of many who make the same change of one row at once, one makes it, whatever is changed.
pub async fn each_change_is_made_by_one_of_many(subject: Subject) {
    let address = |name: &str| format!("{name}@example.com");
    let kinds = ["rehash", "password", "first-password", "reset", "verify", "email"];
    for kind in kinds {
        let password = (kind != "first-password").then_some("h");
        let inserted = subject.handle(0).insert(new(&address(kind), kind, password)).await;
        let id = inserted.expect("a new user").id;
        let change = move |subject: Subject, number: usize| async move {
            let (from, to) = (|| hash("h"), hash(&format!("by {number}")));
            let (at, email) = (moment(1), address(kind));
            let change = match kind {
                "rehash" => Change::rehash(from(), to, at),
                "password" => Change::password(Some(from()), to, 0, at),
                "first-password" => Change::first_password(None, to, 0, at),
                "reset" => Change::reset(Some(from()), to, 0, email, at),
                "verify" => Change::verify_recovery(email, at),
                _ => {
                    let new = format!("{kind}-{number}@example.com");
                    Change::email(email, new, Some(from()), 0, at)
                }
            };
            subject.handle(number).change(&id, change).await.expect("a change")
        };
        let (won, answers) = subject.race(change, |changed| *changed == Changed::Applied).await;
        assert_eq!(won, 1, "{kind}: {answers:?}");
        let others = answers.iter().filter(|changed| **changed == Changed::Stale).count();
        assert_eq!(others, answers.len() - 1, "{kind}: {answers:?}");
    }
}

/// Of many users who want one address at once, one gets it.
pub async fn one_of_many_gets_the_address(subject: Subject) {
    let mut ids = Vec::new();
    for number in 0..super::TASKS {
        let name = format!("user-{number}");
        ids.push(subject.insert(&format!("{name}@example.com"), &name).await.id);
    }
    let change = move |subject: Subject, number: usize| {
        let id = ids[number];
        async move {
            let (from, to) =
                (format!("user-{number}@example.com"), "wanted@example.com".to_owned());
            let change = Change::email(from, to, Some(hash("h")), 0, moment(1));
            subject.handle(number).change(&id, change).await.expect("a change")
        }
    };
    let (won, answers) = subject.race(change, |changed| *changed == Changed::Applied).await;
    assert_eq!(won, 1, "{answers:?}");
    let taken = answers.iter().filter(|changed| **changed == Changed::Taken).count();
    assert_eq!(taken, answers.len() - 1, "{answers:?}");
    assert!(subject.by_recovery("wanted@example.com").await.is_some());
}
