//! What a client is told of a store that fails.

use super::Fault;
use crate::support::Answer;

/// The faults of a store that the process outlives.
pub const FAILURES: [Fault; 3] = [Fault::Before, Fault::After, Fault::Panic];

/// The only honest answers to an operation that went wrong.
///
/// # Panics
///
/// If `answer` is another one.
pub fn assert_is_a_failure(answer: &Answer, fault: Fault, at: usize) {
    let status = answer.status.as_u16();
    let expected = if fault == Fault::Panic { 500 } else { 503 };
    assert_eq!(status, expected, "{fault:?} {at}: {}", answer.text());
    assert_eq!(answer.header("retry-after").is_some(), status == 503, "{fault:?} {at}");
    assert!(answer.set_cookies().is_empty(), "{fault:?} {at}: {:?}", answer.set_cookies());
    assert!(!answer.text().contains("struck"), "the cause is for the log");
}
