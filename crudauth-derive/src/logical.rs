//! The logical fields: what crudauth can know about a user, whatever the columns are called.

/// A field that means something to crudauth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Logical {
    Id,
    Email,
    Username,
    HashedPassword,
    IsActive,
    IsSuperuser,
    EmailVerified,
    PhoneVerified,
    TokenVersion,
    OauthProvider,
    GoogleId,
    GithubId,
    OauthCreatedAt,
    OauthUpdatedAt,
    TotpSecretEncrypted,
    TotpConfirmedAt,
    TotpLastStep,
    MfaRecoveryCodes,
    CreatedAt,
    UpdatedAt,
}

/// What a logical field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    Flag,
    Epoch,
    Step,
    Moment,
}

impl Logical {
    pub(crate) const ALL: [Self; 20] = [
        Self::Id,
        Self::Email,
        Self::Username,
        Self::HashedPassword,
        Self::IsActive,
        Self::IsSuperuser,
        Self::EmailVerified,
        Self::PhoneVerified,
        Self::TokenVersion,
        Self::OauthProvider,
        Self::GoogleId,
        Self::GithubId,
        Self::OauthCreatedAt,
        Self::OauthUpdatedAt,
        Self::TotpSecretEncrypted,
        Self::TotpConfirmedAt,
        Self::TotpLastStep,
        Self::MfaRecoveryCodes,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// The four columns of a second factor, which come together.
    pub(crate) const TOTP: [Self; 4] = [
        Self::TotpSecretEncrypted,
        Self::TotpConfirmedAt,
        Self::TotpLastStep,
        Self::MfaRecoveryCodes,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Username => "username",
            Self::HashedPassword => "hashed_password",
            Self::IsActive => "is_active",
            Self::IsSuperuser => "is_superuser",
            Self::EmailVerified => "email_verified",
            Self::PhoneVerified => "phone_verified",
            Self::TokenVersion => "token_version",
            Self::OauthProvider => "oauth_provider",
            Self::GoogleId => "google_id",
            Self::GithubId => "github_id",
            Self::OauthCreatedAt => "oauth_created_at",
            Self::OauthUpdatedAt => "oauth_updated_at",
            Self::TotpSecretEncrypted => "totp_secret_encrypted",
            Self::TotpConfirmedAt => "totp_confirmed_at",
            Self::TotpLastStep => "totp_last_step",
            Self::MfaRecoveryCodes => "mfa_recovery_codes",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }

    /// Its variant in the runtime's own list.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Id => "Id",
            Self::Email => "Email",
            Self::Username => "Username",
            Self::HashedPassword => "HashedPassword",
            Self::IsActive => "IsActive",
            Self::IsSuperuser => "IsSuperuser",
            Self::EmailVerified => "EmailVerified",
            Self::PhoneVerified => "FactorVerified",
            Self::TokenVersion => "TokenVersion",
            Self::OauthProvider => "OauthProvider",
            Self::GoogleId => "GoogleId",
            Self::GithubId => "GithubId",
            Self::OauthCreatedAt => "OauthCreatedAt",
            Self::OauthUpdatedAt => "OauthUpdatedAt",
            Self::TotpSecretEncrypted => "TotpSecretEncrypted",
            Self::TotpConfirmedAt => "TotpConfirmedAt",
            Self::TotpLastStep => "TotpLastStep",
            Self::MfaRecoveryCodes => "MfaRecoveryCodes",
            Self::CreatedAt => "CreatedAt",
            Self::UpdatedAt => "UpdatedAt",
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Id => Kind::Id,
            Self::Email
            | Self::Username
            | Self::HashedPassword
            | Self::OauthProvider
            | Self::GoogleId
            | Self::GithubId
            | Self::TotpSecretEncrypted
            | Self::MfaRecoveryCodes => Kind::Text,
            Self::IsActive | Self::IsSuperuser | Self::EmailVerified | Self::PhoneVerified => {
                Kind::Flag
            }
            Self::TokenVersion => Kind::Epoch,
            Self::TotpLastStep => Kind::Step,
            Self::OauthCreatedAt
            | Self::OauthUpdatedAt
            | Self::TotpConfirmedAt
            | Self::CreatedAt
            | Self::UpdatedAt => Kind::Moment,
        }
    }

    /// The type to suggest where the field is missing.
    pub(crate) fn suggested_type(self) -> &'static str {
        match (self.kind(), self) {
            (Kind::Id | Kind::Epoch, _) => "i32",
            (Kind::Text, Self::Email | Self::Username | Self::HashedPassword) => "String",
            (Kind::Text, _) => "Option<String>",
            (Kind::Flag, _) => "bool",
            (Kind::Step, _) => "Option<i64>",
            (Kind::Moment, Self::CreatedAt | Self::UpdatedAt) => "NaiveDateTime",
            (Kind::Moment, _) => "Option<NaiveDateTime>",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|logical| logical.name() == name)
    }

    /// The field that people also call so.
    pub(crate) fn from_other_name(name: &str) -> Option<Self> {
        Some(match name {
            "key" | "pk" | "primary_key" | "uid" | "user_id" | "account_id" | "uuid" => Self::Id,
            "mail" | "e_mail" | "email_address" | "mail_address" => Self::Email,
            "login" | "login_name" | "user_name" | "handle" | "nickname" => Self::Username,
            "password" | "password_hash" | "pw_hash" | "passwd_hash" | "pwhash" | "hash"
            | "password_digest" | "encrypted_password" => Self::HashedPassword,
            "active" | "enabled" | "is_enabled" => Self::IsActive,
            "admin" | "is_admin" | "superuser" | "is_staff" => Self::IsSuperuser,
            "verified" | "is_verified" | "email_confirmed" | "is_email_verified" => {
                Self::EmailVerified
            }
            "credential_epoch" | "token_epoch" | "auth_version" | "session_version" => {
                Self::TokenVersion
            }
            "created" | "inserted_at" => Self::CreatedAt,
            "updated" | "modified_at" | "changed_at" => Self::UpdatedAt,
            _ => return None,
        })
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// Names a person, so that one can log in by it. The client sends it at sign-up.
    pub(crate) fn identifies(self) -> bool {
        matches!(self, Self::Email | Self::Username)
    }

    /// Never set by the client, under whatever name or column.
    pub(crate) fn is_privileged(self) -> bool {
        !self.identifies()
    }

    /// A safety column that `without(..)` may give up.
    pub(crate) fn can_be_given_up(self) -> bool {
        matches!(self, Self::IsActive | Self::TokenVersion)
    }

    /// May say `default`: the database may choose its value.
    pub(crate) fn allows_default(self) -> bool {
        matches!(self, Self::Id | Self::CreatedAt | Self::UpdatedAt)
    }

    /// May say `provisioned`: the new-user hook may choose its value.
    pub(crate) fn allows_provisioned(self) -> bool {
        self == Self::Id
    }
}

/// How a user who forgot the password is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Email,
    Phone,
}

impl Factor {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// The flag that says whether the factor is proven to be the user's.
    pub(crate) fn verified(self) -> Logical {
        match self {
            Self::Email => Logical::EmailVerified,
            Self::Phone => Logical::PhoneVerified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_field() {
        for logical in Logical::ALL {
            assert_eq!(Logical::from_name(logical.name()), Some(logical));
        }
    }

    #[test]
    fn no_other_name_is_the_name_of_a_field() {
        for logical in Logical::ALL {
            assert_eq!(Logical::from_other_name(logical.name()), None);
        }
        assert_eq!(Logical::from_other_name("password_hash"), Some(Logical::HashedPassword));
    }

    #[test]
    fn only_what_names_a_person_may_come_from_the_client() {
        let open: Vec<_> =
            Logical::ALL.into_iter().filter(|l| !l.is_privileged()).map(Logical::name).collect();
        assert_eq!(open, ["email", "username"]);
    }
}
