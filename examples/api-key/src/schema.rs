//! The tables.

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        username -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

diesel::table! {
    api_keys (digest) {
        digest -> Text,
        user_id -> Integer,
        token_version -> Integer,
        revoked -> Bool,
    }
}
