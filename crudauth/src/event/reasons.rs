//! Why something was refused or withheld, each with its name in logs and tables.

use super::field::Field;

macro_rules! reasons {
    ($(
        $(#[$about:meta])*
        $Name:ident { $($(#[$doc:meta])* $Variant:ident = $text:literal,)+ }
    )+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $Name {
            $($(#[$doc])* $Variant,)+
        }

        impl $Name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// Its name in logs and tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $text,)+
                }
            }
        }

        impl Field for $Name {
            type Value<'a> = &'a str;

            fn value(&self) -> Option<&str> {
                Some(self.as_str())
            }
        }
    )+};
}

reasons! {
    /// Why a sign-in was refused.
    LoginFailure {
        /// No account has this name.
        UnknownUser = "unknown_user",
        /// The password is not that of the account, or the account has none.
        WrongPassword = "wrong_password",
        /// The password is right, and the account may not sign in.
        Inactive = "inactive",
        /// The password is right, and the recovery factor of the account is not proved yet.
        Unverified = "unverified",
        /// The password is right, and the account has a second factor, which the application does not
        /// ask for.
        SecondFactor = "second_factor",
        /// The password is right, and a hook of the application said no.
        Vetoed = "vetoed",
    }

    /// Why a flow at a provider was refused.
    OAuthFailure {
        /// The flow failed here.
        Failed = "oauth_failed",
        /// No flow has the state, or not any more.
        InvalidState = "invalid_state",
        /// The state is that of a flow of another browser: somebody may have planted it.
        StateOfOtherBrowser = "state_of_other_browser",
        /// The state was used before.
        StateReused = "state_reused",
        /// The state is that of a flow at another provider, or of another tenant.
        StateOfOtherFlow = "state_of_other_flow",
        /// The flow belongs to another session, or to one whose credentials have changed since.
        StateOfOtherSession = "state_of_other_session",
        /// The user said no to the provider.
        DeniedByUser = "denied_by_user",
        /// The provider said another error.
        ProviderError = "provider_error",
        /// A parameter of the response is missing, twice there, too long, or no text.
        MalformedResponse = "malformed_response",
        /// The provider does not answer in time.
        ProviderUnreachable = "provider_unreachable",
        /// The provider refuses a call.
        ProviderRefused = "provider_refused",
        /// An answer of the provider is not what the protocol says, or too large.
        ProviderMalformed = "provider_malformed",
        /// The response is that of another issuer (RFC 9207), or the profile is.
        IssuerMismatch = "issuer_mismatch",
        /// The metadata is that of another issuer.
        MetadataMismatch = "metadata_mismatch",
        /// The provider names no subject.
        SubjectMissing = "subject_missing",
        /// The userinfo is about somebody else than the ID token.
        UserinfoMismatch = "userinfo_mismatch",
        /// The account is of another domain than was asked for.
        DomainMismatch = "domain_mismatch",
        /// There is no ID token.
        IdTokenMissing = "id_token_missing",
        /// The ID token is no signed token with the required claims.
        IdTokenForm = "id_token_form",
        /// The algorithm of the ID token is not accepted.
        IdTokenAlg = "id_token_alg",
        /// The key of the ID token is not known.
        IdTokenKey = "id_token_key",
        /// The signature of the ID token is wrong.
        IdTokenSignature = "id_token_signature",
        /// The ID token is of another issuer.
        IdTokenIss = "id_token_iss",
        /// The ID token is for another client.
        IdTokenAud = "id_token_aud",
        /// The ID token is of another flow.
        IdTokenNonce = "id_token_nonce",
        /// The ID token is not valid now.
        IdTokenExpired = "id_token_expired",
        /// The ID token belongs to another access token.
        IdTokenAtHash = "id_token_at_hash",
        /// The ID token does not show that the user has signed in anew.
        IdTokenAuthTime = "id_token_auth_time",
        /// The provider says no address that a sign-up would take.
        EmailMissing = "email_missing",
        /// The provider does not vouch for the address.
        EmailUnverified = "email_unverified",
        /// The address is longer than its column.
        EmailTooLong = "email_too_long",
        /// The account is linked to another identity of the provider.
        ProviderAlreadyLinked = "provider_already_linked",
        /// The account may not sign in.
        AccountInactive = "account_inactive",
        /// The identity is that of another user.
        IdentityTaken = "identity_taken",
        /// An account has the address, and is not linked by that alone.
        LinkRequired = "link_required",
        /// The application does not allow it.
        NotAllowed = "not_allowed",
        /// The code that an app shows is unknown, used, or not its own.
        InvalidAppCode = "invalid_app_code",
    }

    /// Why a request was not taken for one of the application's own pages.
    CsrfFailure {
        /// The browser says that a page of another site made it.
        CrossSite = "cross_site",
        /// The browser says that a page of another site opened a connection: a WebSocket.
        CrossSiteConnection = "cross_site_connection",
        /// There is no CSRF token.
        MissingToken = "missing_token",
        /// No header has a CSRF token, and the route is not under
        /// [`CrudAuth::csrf_forms`](crate::CrudAuth::csrf_forms), which looks for it in the form that
        /// was sent. The answer is that to a missing token.
        FormNotRead = "form_not_read",
        /// The CSRF token is not that of the session.
        WrongToken = "wrong_token",
    }

    /// Why a password was neither changed nor set.
    PasswordFailure {
        /// There is none to change.
        NoPassword = "no_password",
        /// There is one already, so that a first one cannot be set.
        HasPassword = "has_password",
        /// The current one is wrong.
        WrongPassword = "wrong_password",
        /// The sign-in is not fresh enough to set a first one.
        NotFresh = "not_fresh",
        /// The policy refuses the new one.
        Policy = "policy",
    }

    /// What a link in a message is good for.
    LinkKind {
        /// It proves an address or a number.
        Verify = "verify",
        /// It leads to a new password.
        Reset = "reset",
        /// It makes an address the account's own.
        ChangeEmail = "change_email",
        /// It signs in.
        SignIn = "sign_in",
        /// It is a code to type, which signs in.
        SignInCode = "sign_in_code",
    }

    /// Why a link did no work.
    LinkFailure {
        /// It was not made here, was made for something else, is past its time, or the account is
        /// not any more what it was made for.
        Invalid = "invalid",
        /// It has done its work before, or a parallel attempt was faster.
        Used = "used",
        /// The policy refuses the new password. The link still works.
        Policy = "policy",
        /// The address belongs to somebody else by now. The link still works.
        Taken = "taken",
        /// A later link was asked for.
        Replaced = "replaced",
        /// Another browser has asked for it. The link still works.
        OtherBrowser = "other_browser",
        /// The code is wrong.
        WrongCode = "wrong_code",
    }

    /// Why a message that was asked for is not written. Whoever asked is not told.
    Withheld {
        /// No account has the address.
        NoAccount = "no_account",
        /// The account may not sign in.
        Inactive = "inactive",
        /// There is nothing left to verify.
        AlreadyVerified = "already_verified",
        /// The address has been written often enough.
        Capped = "capped",
        /// The address belongs to an account.
        Taken = "taken",
    }

    /// Why the request for a new e-mail address was refused.
    EmailChangeFailure {
        /// The password is wrong.
        WrongPassword = "wrong_password",
        /// It is the address that the account has.
        SameAddress = "same_address",
    }

    /// What a decision about a request needs, and could not be asked.
    Needed {
        /// The counters of the lockout: without them no password is looked at.
        Lockout = "lockout",
        /// The counters of the sudo mode: without them no proof is looked at.
        Sudo = "sudo",
        /// The counters of a rate limit.
        RateLimit = "rate_limit",
        /// The service that knows leaked passwords.
        BreachCheck = "breach_check",
    }

    /// Why a refresh token was refused.
    RefreshFailure {
        /// It was not made here, or is no refresh token.
        Invalid = "invalid",
        /// It is past its time.
        Expired = "expired",
        /// Its sign-in has ended.
        Ended = "ended",
        /// The client showed tokens of several sign-ins, and this one counts as well as another.
        Ambiguous = "ambiguous",
        /// The account is disabled, gone, or has changed credentials; the sign-in ends.
        CredentialsEnded = "credentials_ended",
        /// A page of another site sent it.
        CrossSite = "cross_site",
    }
}
