//! The table, as `diesel print-schema` prints it.

diesel::table! {
    accounts (account_id) {
        account_id -> Integer,
        email_address -> Text,
        pw_hash -> Text,
        full_name -> Text,
        is_admin -> Bool,
        enabled -> Bool,
        confirmed -> Bool,
        tier_id -> Integer,
        newsletter -> Bool,
        fax -> Nullable<Text>,
        token_version -> Integer,
    }
}
