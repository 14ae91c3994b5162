//! A legacy users table, with names of its own.

use crudauth::AuthUser;

use super::engines::Tables;

mod schema {
    diesel::table! {
        accounts (account_id) {
            account_id -> Integer,
            email_address -> Text,
            username -> Text,
            pw_hash -> Nullable<Text>,
            is_admin -> Bool,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            full_name -> Nullable<Text>,
            tier_id -> Integer,
            credits -> Integer,
            note -> Nullable<Text>,
        }
    }
}

/// The SQL that makes the table on SQLite.
pub const MIGRATIONS: &str = "
    CREATE TABLE IF NOT EXISTS accounts (
        account_id INTEGER PRIMARY KEY,
        email_address TEXT NOT NULL UNIQUE,
        username TEXT NOT NULL UNIQUE,
        pw_hash TEXT,
        is_admin BOOLEAN NOT NULL,
        is_active BOOLEAN NOT NULL,
        email_verified BOOLEAN NOT NULL,
        token_version INTEGER NOT NULL,
        full_name TEXT,
        tier_id INTEGER NOT NULL,
        credits INTEGER NOT NULL DEFAULT 10,
        note TEXT
    );
";

/// The SQL that makes the table on PostgreSQL.
pub const POSTGRES_MIGRATIONS: &str = "
    CREATE TABLE IF NOT EXISTS accounts (
        account_id SERIAL PRIMARY KEY,
        email_address TEXT NOT NULL UNIQUE,
        username TEXT NOT NULL UNIQUE,
        pw_hash TEXT,
        is_admin BOOLEAN NOT NULL,
        is_active BOOLEAN NOT NULL,
        email_verified BOOLEAN NOT NULL,
        token_version INTEGER NOT NULL,
        full_name TEXT,
        tier_id INTEGER NOT NULL,
        credits INTEGER NOT NULL DEFAULT 10,
        note TEXT
    );
";

/// The SQL that makes the table on MySQL and MariaDB, where names are told apart letter by letter.
pub const MYSQL_MIGRATIONS: &str = "
    CREATE TABLE IF NOT EXISTS accounts (
        account_id INTEGER AUTO_INCREMENT PRIMARY KEY,
        email_address VARCHAR(255) NOT NULL UNIQUE,
        username VARCHAR(255) NOT NULL UNIQUE,
        pw_hash TEXT,
        is_admin BOOLEAN NOT NULL,
        is_active BOOLEAN NOT NULL,
        email_verified BOOLEAN NOT NULL,
        token_version INTEGER NOT NULL,
        full_name LONGTEXT,
        tier_id INTEGER NOT NULL,
        credits INTEGER NOT NULL DEFAULT 10,
        note TEXT
    ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
";

/// The SQL that makes the table.
pub const ACCOUNTS: Tables =
    Tables { sqlite: MIGRATIONS, postgres: POSTGRES_MIGRATIONS, mysql: MYSQL_MIGRATIONS };

/// The tier that the new-user hook of the tests gives.
pub const FREE_TIER: i32 = 3;

/// A user of the application under test.
#[derive(AuthUser, Debug, Clone)]
#[diesel(table_name = schema::accounts)]
pub struct Account {
    /// The primary key.
    #[auth(column = "account_id")]
    pub id: i32,
    /// The address.
    #[auth(column = "email_address")]
    pub email: String,
    /// The name.
    pub username: String,
    /// The hash.
    #[auth(column = "pw_hash")]
    pub hashed_password: Option<String>,
    /// Whether it may do everything.
    #[auth(column = "is_admin")]
    pub is_superuser: bool,
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether the address is proved.
    pub email_verified: bool,
    /// The epoch.
    pub token_version: i32,
    /// Sent at sign-up.
    #[auth(register)]
    pub full_name: Option<String>,
    /// Filled by the hook.
    #[auth(provisioned)]
    pub tier_id: i32,
    /// Filled by the database.
    #[auth(default)]
    pub credits: i32,
}
