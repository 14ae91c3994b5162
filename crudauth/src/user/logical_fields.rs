// The logical fields: what crudauth can know about a user, whatever the columns are called. One
// file is in both packages: `crudauth-derive/src/logical_fields.rs` is a link to it.
//
// A row has the variant and the name of the field, what it holds, the type to suggest where it is
// missing, what is true of it, the capability trait that it gives a user, and what people also call
// it. A field without `Identifies` is privileged: no client ever sets it.

macro_rules! logical_fields {
    ($read:ident) => {
        $read! {
            /// The primary key.
            Id, "id": Id like "i32", is [Required, Default, Provisioned],
                also ["key", "pk", "primary_key", "uid", "user_id", "account_id", "uuid"];

            /// The e-mail address.
            Email, "email": Text like "String", is [Identifies, Read], gives HasEmail,
                also ["mail", "e_mail", "email_address", "mail_address"];

            /// The user name.
            Username, "username": Text like "String", is [Identifies, Read], gives HasUsername,
                also ["login", "login_name", "user_name", "handle", "nickname"];

            /// The stored password hash.
            HashedPassword, "hashed_password": Text like "String", is [Required, Read, Secret],
                also ["password", "password_hash", "pw_hash", "passwd_hash", "pwhash", "hash",
                    "password_digest", "encrypted_password"];

            /// Whether the account may sign in.
            IsActive, "is_active": Flag like "bool", is [Required, GivenUp, Beside, Read],
                gives HasActive,
                also ["active", "enabled", "is_enabled"];

            /// Whether the account has every privilege.
            IsSuperuser, "is_superuser": Flag like "bool", is [Read], gives HasSuperuser,
                also ["admin", "is_admin", "superuser", "is_staff"];

            /// Whether the owner has proved the e-mail address.
            EmailVerified, "email_verified": Flag like "bool", is [Beside, Read], gives HasEmailVerified,
                also ["verified", "is_verified", "email_confirmed", "is_email_verified"];

            /// Whether the owner has proved the recovery factor other than e-mail, which is `phone`.
            FactorVerified, "phone_verified": Flag like "bool", is [], also [];

            /// The credential epoch.
            TokenVersion, "token_version": Epoch like "i32", is [Required, GivenUp, Beside, Read],
                gives HasEpoch,
                also ["credential_epoch", "token_epoch", "auth_version", "session_version"];

            /// The provider that was linked last.
            OauthProvider, "oauth_provider": OptionalText like "Option<String>", is [Read],
                also ["auth_provider"];

            /// The user's id at Google, which is the link to it.
            GoogleId, "google_id": OptionalText like "Option<String>", is [Read],
                also ["google_sub", "google_user_id"];

            /// The user's id at GitHub, which is the link to it.
            GithubId, "github_id": OptionalText like "Option<String>", is [Read],
                also ["github_sub", "github_user_id"];

            /// When the first provider was linked.
            OauthCreatedAt, "oauth_created_at": OptionalMoment like "Option<NaiveDateTime>", is [],
                also [];

            /// When a provider was last linked.
            OauthUpdatedAt, "oauth_updated_at": OptionalMoment like "Option<NaiveDateTime>", is [],
                also [];

            /// The encrypted TOTP secret.
            TotpSecretEncrypted, "totp_secret_encrypted": OptionalText like "Option<String>",
                is [Secret], also [];

            /// When TOTP was confirmed.
            TotpConfirmedAt, "totp_confirmed_at": OptionalMoment like "Option<NaiveDateTime>", is [],
                also [];

            /// The last TOTP step that was used.
            TotpLastStep, "totp_last_step": Step like "Option<i64>", is [], also [];

            /// The digests of the recovery codes.
            MfaRecoveryCodes, "mfa_recovery_codes": OptionalText like "Option<String>", is [Secret],
                also [];

            /// When the row was created.
            CreatedAt, "created_at": Moment like "NaiveDateTime", is [Default],
                also ["created", "inserted_at"];

            /// When crudauth last changed the row.
            UpdatedAt, "updated_at": Moment like "NaiveDateTime", is [Default],
                also ["updated", "modified_at", "changed_at"];
        }
    };
}
