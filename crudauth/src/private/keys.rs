//! One item for each key of the derives. The expansion names those that a struct uses, at the
//! place of the key, so that an editor goes from a key to what it means.

/// [Keys on a struct](derive@crate::AuthUser#keys-on-the-struct) that derives `AuthUser`.
pub mod user_struct {
    /// `login(email, username)`: what users sign in by, in the order in which it is tried. Default:
    /// those of `email` and `username` that the struct has and that are not optional.
    ///
    /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
    pub mod login {}

    /// `recovery(email)`: how a user who forgot the password is reached; `email`, `phone` or `none`.
    /// Default: `email`, where the struct has it and `email_verified`, else `none`.
    ///
    /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
    pub mod recovery {}

    /// `without(is_active, token_version)`: gives up a safety column knowingly. Default: both are
    /// required. `without(second_factor)` lets accounts with a second factor in by their password
    /// alone. Default: they are refused.
    ///
    /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
    pub mod without {}

    /// `db_default(legacy_code)`: NOT NULL columns that the struct lacks and the database fills.
    /// Default: none.
    ///
    /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
    pub mod db_default {}

    /// `crate = ::path`: where `crudauth` is, as an absolute path. Default: `::crudauth`.
    ///
    /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
    pub mod crate_ {}
}

/// [Keys on a field](derive@crate::AuthUser#keys-on-a-field) of a struct that derives `AuthUser`.
pub mod user_field {
    /// `column = ".."`: the column that the field lives in, by its name in `table!`. Default: the
    /// name of the field.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
    pub mod column {}

    /// `logical = ".."`: the logical field that this field is. Default: the one of its name, if
    /// there is one.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field), and
    /// [the logical fields](derive@crate::AuthUser#logical-fields).
    pub mod logical {}

    /// `register`: a client may set the field at sign-up. Never on a privileged field, and on a name
    /// that usually carries power only as `register(reviewed)`. Default: it may not.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
    pub mod register {}

    /// `rename = ".."`: the name of a `register` field on the wire. Default: the name of the field.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
    pub mod rename {}

    /// `default`: the database fills the column at sign-up, by its DEFAULT.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
    pub mod default {}

    /// `provisioned`: the new-user hook fills the field at sign-up.
    ///
    /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
    pub mod provisioned {}
}

/// Keys of `RegisterSchema`, [on the struct](derive@crate::RegisterSchema#keys-on-the-struct) and
/// [on a field](derive@crate::RegisterSchema#keys-on-a-field).
pub mod register_schema {
    /// `user = path`: the struct that derives `AuthUser`. Required.
    ///
    /// See [Keys on the struct](derive@crate::RegisterSchema#keys-on-the-struct).
    pub mod user {}

    /// `crate = ::path`: where `crudauth` is, as an absolute path. Default: `::crudauth`.
    ///
    /// See [Keys on the struct](derive@crate::RegisterSchema#keys-on-the-struct).
    pub mod crate_ {}

    /// `input_only`: the value is for the new-user hook, and not stored. Default: it is stored.
    ///
    /// See [Keys on a field](derive@crate::RegisterSchema#keys-on-a-field).
    pub mod input_only {}

    /// `rename = ".."`: the name of the field on the wire. Default: the name of the field.
    ///
    /// See [Keys on a field](derive@crate::RegisterSchema#keys-on-a-field).
    pub mod rename {}
}
