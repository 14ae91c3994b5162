//! Why a flow is refused, in the words of the wire.

use crate::event::OAuthFailure;

/// Declares [`Refusal`] as a table of variant, code and text.
macro_rules! refusals {
    ($($(#[$doc:meta])* $Refusal:ident = $code:literal, $text:literal;)+) => {
        /// Why a flow is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Refusal {
            $(
                #[doc = concat!("`", $code, "`: ")]
                $(#[$doc])*
                #[error($text)]
                $Refusal,
            )+
        }

        impl Refusal {
            /// The word that a program tells it by.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$Refusal => $code,)+
                }
            }

            /// What the events say.
            pub(super) const fn reason(self) -> OAuthFailure {
                match self {
                    $(Self::$Refusal => OAuthFailure::$Refusal,)+
                }
            }
        }
    };
}

refusals! {
    /// the provider said an error, or nothing that is accepted.
    Failed = "oauth_failed", "the provider did not say who it is";

    /// the state is unknown, used, expired, or of another provider or browser.
    InvalidState = "invalid_state", "the state is not that of a flow of this browser";

    /// the provider says no address that a sign-up would take.
    EmailMissing = "email_missing", "the provider says no e-mail address";

    /// the provider does not vouch for the address.
    EmailUnverified = "email_unverified", "the provider does not vouch for the e-mail address";

    /// the address is longer than its column.
    EmailTooLong = "email_too_long", "the e-mail address does not fit";

    /// the account with this address is linked to another identity of the provider.
    ProviderAlreadyLinked = "provider_already_linked",
        "the account is linked to another identity of the provider";

    /// the account may not sign in.
    AccountInactive = "account_inactive", "the account may not sign in";

    /// the identity is that of another user.
    IdentityTaken = "identity_taken", "the identity is that of another user";

    /// an account has the address, and is not linked by that alone.
    LinkRequired = "link_required", "sign in by another way, and link the identity";

    /// the application takes nobody new by this way, or a hook said no.
    NotAllowed = "not_allowed", "the application does not allow it";
}
