// The keys of `#[auth(..)]`, which the derive reads and the runtime documents. One file is in both
// packages: `crudauth-derive/src/attribute/key_table.rs` is a link to it.
//
// A level has the name of its type, the module of its items in the runtime, the derive that it
// belongs to, and the place of its keys. A key has its text, its names as a variant and as an item,
// its name as it is written, what it takes, and an example of it with what it stands on.

macro_rules! keys {
    ($read:ident) => {
        $read! {
            /// [Keys on a struct](derive@crate::AuthUser#keys-on-the-struct) that derives `AuthUser`.
            UserKey, user_struct, AuthUser, Struct {
                /// `login(email, username)`: what users sign in by, in the order in which it is
                /// tried. Default: those of `email` and `username` that the struct has and that are
                /// not optional.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                Login, login, "login": Names("a list of fields in parentheses"),
                    "login(email)" on "struct User";

                /// `recovery(email)`: how a user who forgot the password is reached; `email`, `phone`
                /// or `none`. Default: `email`, where the struct has it and `email_verified`, else
                /// `none`.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                Recovery, recovery, "recovery": Names("`email`, `phone` or `none` in parentheses"),
                    "recovery(email)" on "struct User";

                /// `without(is_active, token_version)`: gives up a safety column knowingly. Default:
                /// both are required. `without(second_factor)` lets accounts with a second factor in
                /// by their password alone. Default: they are refused.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                Without, without, "without": Names("a list of fields in parentheses"),
                    "without(is_active)" on "struct User";

                /// `beside(token_version, is_active, email_verified)`: logical fields that crudauth keeps
                /// in a table of its own, `crudauth_accounts`, as the users table has no columns for
                /// them. `beside(second_factor)`: second factors are kept in `crudauth_second_factors`.
                /// Default: none.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                Beside, beside, "beside": Names("a list of fields in parentheses"),
                    "beside(token_version)" on "struct User";

                /// `db_default(legacy_code)`: NOT NULL columns that the struct lacks and the database
                /// fills. Default: none.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                DbDefault, db_default, "db_default": Names("a list of columns in parentheses"),
                    "db_default(legacy_code)" on "struct User";

                /// `crate = ::path`: where `crudauth` is, as an absolute path. Default: `::crudauth`.
                ///
                /// See [Keys on the struct](derive@crate::AuthUser#keys-on-the-struct).
                Crate, crate_, "crate": Path("a path without quotes"),
                    "crate = ::my_reexport::crudauth" on "struct User";
            }

            /// [Keys on a field](derive@crate::AuthUser#keys-on-a-field) of a struct that derives
            /// `AuthUser`.
            UserFieldKey, user_field, AuthUser, Field {
                /// `column = ".."`: the column that the field lives in, by its name in `table!`.
                /// Default: the name of the field.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Column, column, "column": Text("a column name"),
                    "column = \"pw_hash\"" on "hashed_password: String";

                /// `logical = ".."`: the logical field that this field is. Default: the one of its
                /// name, if there is one.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field), and
                /// [the logical fields](derive@crate::AuthUser#logical-fields).
                Logical, logical, "logical": Text("the name of a logical field"),
                    "logical = \"hashed_password\"" on "hashed_password: String";

                /// `when(null)`: what the column must hold for the flag to be true: `false`, `null`,
                /// `not_null`, or `past` (none, or a moment that has come). Default: true, and for an
                /// optional moment that plays another flag than `is_active`, `not_null`.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                When, when, "when": Names("`false`, `null`, `not_null` or `past` in parentheses"),
                    "logical = \"is_active\", when(null)" on "deleted_at: Option<NaiveDateTime>";

                /// `soft_delete`: which rows are deleted, though they are in the table: those in which
                /// an `Option` is there, or a `bool` is true. Nobody signs in by such a row, and its
                /// names are free. Default: every row counts.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                SoftDelete, soft_delete, "soft_delete": Flag,
                    "soft_delete" on "deleted_at: Option<NaiveDateTime>";

                /// `tenant`: which tenant a row is of, where users of several share the table. Names are
                /// looked up, and are unique, within one; `Builder::tenant` says which a request is
                /// for. Default: there are none.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Tenant, tenant, "tenant": Flag,
                    "tenant" on "tenant_id: i32";

                /// `register`: a client may set the field at sign-up. Never on a privileged field,
                /// and on a name that usually carries power only as `register(reviewed)`. Default: it
                /// may not.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Register, register, "register": FlagOr("reviewed"),
                    "register" on "full_name: Option<String>";

                /// `rename = ".."`: the name on the wire of a field that is sent at sign-up. Default: the
                /// name of the field.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Rename, rename, "rename": Text("a name on the wire"),
                    "register, rename = \"fullName\"" on "full_name: Option<String>";

                /// `default`: the database fills the column at sign-up, by its DEFAULT.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Default, default, "default": Flag,
                    "default" on "plan: String";

                /// `provisioned`: the new-user hook fills the field at sign-up.
                ///
                /// See [Keys on a field](derive@crate::AuthUser#keys-on-a-field).
                Provisioned, provisioned, "provisioned": Flag,
                    "provisioned" on "tier_id: i32";
            }

            /// [Keys on a struct](derive@crate::RegisterSchema#keys-on-the-struct) that derives
            /// `RegisterSchema`.
            SchemaKey, schema_struct, RegisterSchema, Struct {
                /// `user = path`: the struct that derives `AuthUser`. Required.
                ///
                /// See [Keys on the struct](derive@crate::RegisterSchema#keys-on-the-struct).
                User, user, "user": Path("the path of a struct that derives `AuthUser`"),
                    "user = Account" on "struct SignUp";

                /// `crate = ::path`: where `crudauth` is, as an absolute path. Default: `::crudauth`.
                ///
                /// See [Keys on the struct](derive@crate::RegisterSchema#keys-on-the-struct).
                Crate, crate_, "crate": Path("a path without quotes"),
                    "crate = ::my_reexport::crudauth" on "struct SignUp";
            }

            /// [Keys on a field](derive@crate::RegisterSchema#keys-on-a-field) of a struct that
            /// derives `RegisterSchema`.
            SchemaFieldKey, schema_field, RegisterSchema, Field {
                /// `input_only`: the value is for the new-user hook, and not stored. Default: it is
                /// stored.
                ///
                /// See [Keys on a field](derive@crate::RegisterSchema#keys-on-a-field).
                InputOnly, input_only, "input_only": Flag,
                    "input_only" on "invitation: String";

                /// `rename = ".."`: the name of the field on the wire. Default: the name of the
                /// field.
                ///
                /// See [Keys on a field](derive@crate::RegisterSchema#keys-on-a-field).
                Rename, rename, "rename": Text("a name on the wire"),
                    "rename = \"fullName\"" on "full_name: Option<String>";
            }
        }
    };
}
