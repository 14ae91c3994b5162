//! Rows that count: those of one tenant that are not deleted, and whose names are not NULL.

use std::time::SystemTime;

use chrono::NaiveDateTime;
use crudauth::AuthUser;
use crudauth::store::{Changed, InsertError, UserStore};
use crudauth::user::{Change, LoginField, LoginName, NewUser, NothingProvisioned};

use super::{hash, moment};

mod schema {
    diesel::table! {
        guests (id) {
            id -> Integer,
            tenant_id -> Integer,
            email -> Nullable<Text>,
            handle -> Text,
            hashed_password -> Text,
            email_verified -> Bool,
            token_version -> Integer,
            deleted_at -> Nullable<Timestamp>,
        }
    }
}

use self::schema::guests;

/// A user of a tenant, whose row may be deleted and whose address may be NULL.
#[derive(Debug, Clone, PartialEq, AuthUser)]
#[diesel(table_name = guests)]
#[auth(login(email, handle), without(is_active))]
pub struct Guest {
    id: i32,
    #[auth(tenant)]
    tenant_id: i32,
    email: Option<String>,
    handle: String,
    hashed_password: String,
    email_verified: bool,
    token_version: i32,
    #[auth(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
}

impl Guest {
    /// The row that a database makes of `new`, with the id `number`.
    ///
    /// # Panics
    ///
    /// If there are too many.
    #[must_use]
    pub fn made_of(new: NewUser<Self>, number: i64) -> Self {
        Self {
            id: i32::try_from(number).expect("few users"),
            tenant_id: new.tenant,
            email: new.register.email,
            handle: new.register.handle,
            hashed_password: new.password.expect("a hash").as_stored().to_owned(),
            email_verified: false,
            token_version: 0,
            deleted_at: None,
        }
    }

    /// Deletes the row, which stays in the table.
    pub fn delete(&mut self) {
        self.deleted_at = Some(NaiveDateTime::default());
    }
}

fn new(tenant: i32, email: Option<&str>, handle: &str) -> NewUser<Guest> {
    NewUser {
        register: GuestRegister { email: email.map(str::to_owned), handle: handle.to_owned() },
        provisioned: NothingProvisioned,
        tenant,
        password: Some(hash("h")),
        link: None,
        email_verified: false,
        token_version: 0,
        created_at: SystemTime::UNIX_EPOCH,
    }
}

const ADA: &str = "ada@example.com";

/// A name is looked up, and is taken, among the rows of one tenant that are not deleted; NULL is that
/// of nobody. `delete` deletes a row past the store, and leaves it in the table.
///
/// # Panics
///
/// If the store does otherwise.
pub async fn rows_that_do_not_count_are_not_there(
    users: &dyn UserStore<Guest>,
    delete: impl AsyncFn(i32),
) {
    let insert = async |tenant, email, handle| users.insert(new(tenant, email, handle)).await;
    let by_login = async |tenant: i32, name| {
        let found = users.find_by_login(&LoginName::new(name), &tenant).await;
        found.expect("a read").map(|user| user.id)
    };
    let by_recovery = async |tenant: i32, value| {
        users.find_by_recovery(value, &tenant).await.expect("a read").map(|user| user.id)
    };
    let first = insert(1, Some(ADA), "first").await.expect("free").id;
    let taken = insert(1, Some(ADA), "taken").await.map(|user| user.id);
    assert!(
        matches!(&taken, Err(InsertError::Duplicate(Some(column))) if column == "email"),
        "{taken:?}"
    );
    let second = insert(2, Some(ADA), "first").await.expect("free in another tenant").id;
    for (tenant, id) in [(1, Some(first)), (2, Some(second)), (3, None)] {
        assert_eq!(by_login(tenant, ADA).await, id, "{tenant}");
        assert_eq!(by_recovery(tenant, ADA).await, id, "{tenant}");
        let stored = users.stored_names(LoginField::Email, &[ADA.to_owned()], &tenant).await;
        assert_eq!(stored.expect("a read").len(), usize::from(id.is_some()), "{tenant}");
    }
    for handle in ["ada", "grace"] {
        insert(1, None, handle).await.expect("NULL is taken by nobody");
    }
    assert_eq!(by_login(1, "").await, None);
    assert_eq!(by_recovery(1, "").await, None);

    delete(first).await;
    assert_eq!(users.find_by_id(&first).await.expect("a read"), None);
    assert_eq!(by_login(1, ADA).await, None);
    assert_eq!(by_recovery(1, ADA).await, None);
    let change = Change::rehash(hash("h"), hash("i"), moment(1));
    assert_eq!(users.change(&first, change).await.expect("a write"), Changed::Stale);
    let third = insert(1, Some(ADA), "third").await.expect("free again").id;
    assert_eq!(by_login(1, ADA).await, Some(third));
    delete(third).await;
    let fourth = insert(1, Some(ADA), "fourth").await.expect("free, though two rows have it").id;
    assert_eq!(by_login(1, ADA).await, Some(fourth));
    assert_eq!(by_login(2, ADA).await, Some(second), "of another tenant");
}
