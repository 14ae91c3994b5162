//! The steps of a batch, as an operation that outlives its caller has them.

use std::sync::Arc;
use std::time::Duration;

use super::{Add, Counter, Entry, Exceeded, Step};

/// A [`Step`] with texts of its own.
#[derive(Debug, Clone)]
pub(crate) enum OwnedStep {
    Add { key: String, by: i64, ttl: Duration, extends: bool, at_most: Option<i64> },
    TakeBack { share: Option<String>, of: Vec<(String, i64)> },
    Remove(String),
    Put { key: String, value: Vec<u8>, ttl: Duration, owner: Option<String> },
}

/// The steps of one batch.
pub(crate) fn own(steps: &[Step<'_>]) -> Arc<[OwnedStep]> {
    steps.iter().map(OwnedStep::of).collect()
}

impl OwnedStep {
    fn of(step: &Step<'_>) -> Self {
        match step {
            Step::Add(Add { key, by, ttl, extends, at_most }) => Self::Add {
                key: (*key).to_owned(),
                by: *by,
                ttl: *ttl,
                extends: *extends,
                at_most: *at_most,
            },
            Step::TakeBack { share, of } => Self::TakeBack {
                share: share.map(str::to_owned),
                of: of.iter().map(|(key, by)| ((*key).to_owned(), *by)).collect(),
            },
            Step::Remove(key) => Self::Remove((*key).to_owned()),
            Step::Put(key, Entry { value, ttl, owner }) => Self::Put {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
                ttl: *ttl,
                owner: owner.map(str::to_owned),
            },
        }
    }

    /// The bound of this step, if it has one: the counter, and what is added to it up to what.
    fn bound(&self) -> Option<(&str, i64, i64, Duration)> {
        match self {
            Self::Add { key, by, ttl, at_most: Some(at_most), .. } => {
                Some((key, *by, *at_most, *ttl))
            }
            _ => None,
        }
    }
}

/// The counters that bounds are about.
pub(crate) fn bounded(steps: &[OwnedStep]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| step.bound().map(|(key, ..)| key))
}

/// The bound that is exceeded for the longest time, where `count_and_end` tells what counters stand
/// before the batch.
pub(crate) fn exceeded(
    steps: &[OwnedStep],
    mut count_and_end: impl FnMut(&str) -> Option<Counter>,
) -> Option<Exceeded> {
    let exceeded = steps.iter().enumerate().filter_map(|(step, made)| {
        let (key, by, at_most, ttl) = made.bound()?;
        let counter = count_and_end(key).unwrap_or(Counter { count: 0, ttl });
        (counter.count.saturating_add(by) > at_most).then_some(Exceeded { step, counter })
    });
    exceeded.max_by_key(|exceeded| exceeded.counter.ttl)
}
