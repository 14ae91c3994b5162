use std::fmt::Debug;

/// Why a request failed that was no mistake of the client's.
///
/// A [`Rejection`](super::Rejection) carries it until it becomes a response. So an error that is
/// converted and then handled is not in the log.
pub(crate) trait Fault: Debug + Send + Sync + 'static {
    /// Tells the operator.
    fn log(&self);
}
