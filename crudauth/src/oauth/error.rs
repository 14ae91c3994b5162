//! What can go wrong in a flow.

use super::Refusal;
use crate::error::Rejection;
use crate::event::OAuthFailure;
use crate::providers::{Fault, IdTokenFault, ProviderError};
use crate::secret::{RandomError, SealError};
use crate::store::StoreError;

/// A flow was refused, or could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// No provider has this name.
    #[error("no provider has the name")]
    UnknownProvider,
    /// The flow ends without what it was begun for.
    #[error("the flow was refused")]
    Refused(#[source] Refusal),
    /// The state is not that of a flow that may end here. The client is told [`Refusal::InvalidState`].
    #[error("the state is not that of a flow that may end here")]
    State(#[source] StateFault),
    /// The browser has brought back no code. The client is told [`Refusal::Failed`].
    #[error("the browser has brought back no code")]
    Response(#[source] ResponseFault),
    /// The provider did not say who it is. The client is told [`Refusal::Failed`].
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The provider cannot have its users sign in anew.
    #[error("the provider cannot have its users sign in anew")]
    CannotAskAnew,
    /// What the flow needs here failed or is missing: a store, a session with elevated rights, a proved
    /// address.
    #[error("the flow could not be done")]
    Failed(#[source] Rejection),
}

/// Why a state is refused. The client is told none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateFault {
    /// No flow has it, or not any more.
    #[error("no flow has it, or not any more")]
    Unknown,
    /// It is that of a flow of another browser.
    #[error("it is that of another browser")]
    OtherBrowser,
    /// It was used before.
    #[error("it was used before")]
    Reused,
    /// Its flow went to another provider, or to another tenant.
    #[error("its flow was begun elsewhere")]
    Elsewhere,
    /// Its flow belongs to a session that is not the one that asks, or whose credentials have changed
    /// since.
    #[error("its flow belongs to another session")]
    OtherSession,
}

/// What a browser has brought back in the place of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseFault {
    /// The user said no to the provider.
    #[error("the user said no")]
    Denied,
    /// The provider said another error.
    #[error("the provider said an error")]
    Error,
    /// The code or the state is missing, or a parameter is there twice, too long, or no text.
    #[error("a parameter is missing or malformed")]
    Malformed,
}

impl OAuthError {
    /// What the client is told; `None` for what is no end of a flow.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::State(_) => Some(Refusal::InvalidState),
            Self::Response(_) | Self::Provider(_) => Some(Refusal::Failed),
            Self::UnknownProvider | Self::CannotAskAnew | Self::Failed(_) => None,
        }
    }

    /// What the events say.
    pub(super) fn reason(&self) -> OAuthFailure {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::State(fault) => match fault {
                StateFault::Unknown => OAuthFailure::InvalidState,
                StateFault::OtherBrowser => OAuthFailure::StateOfOtherBrowser,
                StateFault::Reused => OAuthFailure::StateReused,
                StateFault::Elsewhere => OAuthFailure::StateOfOtherFlow,
                StateFault::OtherSession => OAuthFailure::StateOfOtherSession,
            },
            Self::Response(ResponseFault::Denied) => OAuthFailure::DeniedByUser,
            Self::Response(ResponseFault::Error) => OAuthFailure::ProviderError,
            Self::Response(ResponseFault::Malformed) => OAuthFailure::MalformedResponse,
            Self::Provider(error) => of_provider(error.fault()),
            Self::UnknownProvider | Self::CannotAskAnew | Self::Failed(_) => OAuthFailure::Failed,
        }
    }
}

fn of_provider(fault: Fault) -> OAuthFailure {
    match fault {
        Fault::Unreachable => OAuthFailure::ProviderUnreachable,
        Fault::Refused | Fault::Withheld => OAuthFailure::ProviderRefused,
        Fault::Issuer => OAuthFailure::IssuerMismatch,
        Fault::Metadata => OAuthFailure::MetadataMismatch,
        Fault::Subject => OAuthFailure::SubjectMissing,
        Fault::OtherUser => OAuthFailure::UserinfoMismatch,
        Fault::OtherDomain => OAuthFailure::DomainMismatch,
        Fault::IdToken(fault) => match fault {
            IdTokenFault::Missing => OAuthFailure::IdTokenMissing,
            IdTokenFault::Form => OAuthFailure::IdTokenForm,
            IdTokenFault::Algorithm => OAuthFailure::IdTokenAlg,
            IdTokenFault::Key => OAuthFailure::IdTokenKey,
            IdTokenFault::Signature => OAuthFailure::IdTokenSignature,
            IdTokenFault::Issuer => OAuthFailure::IdTokenIss,
            IdTokenFault::Audience => OAuthFailure::IdTokenAud,
            IdTokenFault::Time => OAuthFailure::IdTokenExpired,
            IdTokenFault::Nonce => OAuthFailure::IdTokenNonce,
            IdTokenFault::AccessToken => OAuthFailure::IdTokenAtHash,
            IdTokenFault::SignedInBefore => OAuthFailure::IdTokenAuthTime,
        },
        Fault::TooLarge | Fault::Malformed | Fault::Address => OAuthFailure::ProviderMalformed,
        Fault::Random => OAuthFailure::Failed,
    }
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StateFault> for OAuthError {
    fn from(fault: StateFault) -> Self {
        Self::State(fault)
    }
}

impl From<ResponseFault> for OAuthError {
    fn from(fault: ResponseFault) -> Self {
        Self::Response(fault)
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<RandomError> for OAuthError {
    fn from(error: RandomError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SealError> for OAuthError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Random(error) => error.into(),
            SealError::TooLong => Refusal::Failed.into(),
        }
    }
}
