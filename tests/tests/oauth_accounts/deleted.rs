//! A row that the application deletes by a statement of its own, where the trigger of the guide stands.

use crudauth_tests::support::engines::Tables;

use crate::app::*;

const TRIGGER: Tables = Tables {
    sqlite: include_str!("../../../crudauth/src/guide/providers/sqlite.sql"),
    postgres: include_str!("../../../crudauth/src/guide/providers/postgres.sql"),
    mysql: include_str!("../../../crudauth/src/guide/providers/mysql.sql"),
};

#[tokio::test(flavor = "multi_thread")]
async fn the_trigger_of_the_guide_removes_the_links_of_a_deleted_row() {
    let app = App::start().await;
    app.database.users.create(&TRIGGER).await;
    for (name, email) in [("ada", ADA), ("eve", EVE)] {
        app.by("sso", &format!("{name},{email}")).await;
    }
    let owners = "SELECT owner FROM crudauth_identities";
    assert_eq!(app.select(owners).await.len(), 2);
    app.execute(&format!("DELETE FROM members WHERE email = '{ADA}'")).await;
    let eve = app.select(&format!("SELECT id FROM members WHERE email = '{EVE}'")).await;
    assert_eq!(app.select(owners).await, eve);
}
