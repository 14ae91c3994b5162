//! Refusals that come again and again are counted, and told together.
//!
//! A client whose refusal costs no work can cause a thousand of them a second. Each of these
//! events says what the first one said. Were each told, they would push out of the queue, of the
//! table and of the log what happened meanwhile to users.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::{FieldValue, Occurrence};

/// How long what repeats itself is counted before the count is told.
const INTERVAL: Duration = Duration::from_secs(60);

/// How many kinds of refusal, each with its address and its reason, are told apart in that time.
/// Beyond, those of one kind and one user, or of nobody, are counted as one.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Repeats {
    counting: Mutex<Counting>,
}

#[derive(Debug, Default)]
struct Counting {
    since: Option<SystemTime>,
    seen: HashMap<String, Repeated>,
}

/// A refusal that was told, and how often it has come again since.
#[derive(Debug)]
struct Repeated {
    last: Occurrence,
    times: u64,
}

impl Repeats {
    /// What is to be told now that `occurrence` came: itself, unless it was told in this interval
    /// already, and what the interval before has counted, if that is over.
    pub(super) fn take(&self, occurrence: Occurrence) -> impl Iterator<Item = Occurrence> {
        let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counting.end_before(occurrence.at);
        let told = counting.admit(occurrence);
        drop(counting);
        counted.into_iter().chain(told)
    }

    /// What has been counted so far, though the interval is not over.
    pub(super) fn drain(&self) -> impl Iterator<Item = Occurrence> {
        let mut counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        counting.end().into_iter()
    }
}

impl Counting {
    fn end_before(&mut self, now: SystemTime) -> Vec<Occurrence> {
        let Some(since) = self.since else { return Vec::new() };
        // A clock that was set back ends the interval too.
        let is_over = now.duration_since(since).map_or(true, |passed| passed >= INTERVAL);
        if is_over { self.end() } else { Vec::new() }
    }

    fn end(&mut self) -> Vec<Occurrence> {
        self.since = None;
        let repeated = self.seen.drain().filter(|(_, repeated)| repeated.times > 0);
        repeated.map(|(_, Repeated { last, times })| Occurrence { times, ..last }).collect()
    }

    fn admit(&mut self, occurrence: Occurrence) -> Option<Occurrence> {
        if !occurrence.event.is_counted() {
            return Some(occurrence);
        }
        self.since.get_or_insert(occurrence.at);
        let mut key = key_of(&occurrence, true);
        let is_coarse = self.seen.len() >= MOST && !self.seen.contains_key(&key);
        if is_coarse {
            key = key_of(&occurrence, false);
        }
        match self.seen.get_mut(&key) {
            Some(repeated) => {
                repeated.times += 1;
                repeated.last = occurrence;
                if is_coarse {
                    // They have come from many.
                    repeated.last.address = None;
                    repeated.last.user_agent = None;
                    repeated.last.request_id = None;
                }
                None
            }
            None => {
                self.seen.insert(key, Repeated { last: occurrence.clone(), times: 0 });
                Some(occurrence)
            }
        }
    }
}

/// What is alike in two refusals that are one: all that they say, or the kind and the user alone.
/// How long something lasts is no part of it, nor what the client chose of itself.
fn key_of(occurrence: &Occurrence, is_fine: bool) -> String {
    let mut key = occurrence.event.name().to_owned();
    let mut add = |name: &str, text: &str| {
        // Writing to a string does not fail.
        let _ = write!(key, "\0{name}:{}:{text}", text.len());
    };
    if let (true, Some(address)) = (is_fine, &occurrence.address) {
        add("address", address.as_str());
    }
    occurrence.event.visit(&mut |name, value| match value {
        FieldValue::Text(text) if is_fine || name == "user" => add(name, text),
        _ => {}
    });
    key
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::event::{LogSafe, SecurityEvent};

    fn forged(address: &str, seconds: u64) -> Occurrence {
        Occurrence {
            at: UNIX_EPOCH + Duration::from_secs(seconds),
            address: Some(LogSafe::new(address)),
            user_agent: None,
            request_id: None,
            event: SecurityEvent::SessionForged,
            times: 1,
        }
    }

    fn told(occurrences: impl Iterator<Item = Occurrence>) -> Vec<(Option<String>, u64)> {
        let of = |it: Occurrence| (it.address.map(|address| address.to_string()), it.times);
        let mut told: Vec<_> = occurrences.map(of).collect();
        told.sort();
        told
    }

    #[test]
    fn what_repeats_itself_is_told_once_and_then_counted() {
        let repeats = Repeats::default();
        let one = |times| vec![(Some("one".to_owned()), times)];
        assert_eq!(told(repeats.take(forged("one", 0))), one(1));
        for second in 1..60 {
            assert_eq!(told(repeats.take(forged("one", second))), []);
        }
        let both = [(Some("one".to_owned()), 59), (Some("two".to_owned()), 1)];
        assert_eq!(told(repeats.take(forged("two", 60))), both);
        assert_eq!(told(repeats.take(forged("two", 61))), []);
        assert_eq!(told(repeats.drain()), [(Some("two".to_owned()), 1)]);
        assert_eq!(told(repeats.drain()), []);
        assert_eq!(told(repeats.take(forged("one", 0))), one(1), "a clock that was set back");
    }

    #[test]
    fn of_many_addresses_a_few_are_told_apart() {
        let repeats = Repeats::default();
        let at_once: usize =
            (0..10_000).map(|number| repeats.take(forged(&format!("{number}"), 0)).count()).sum();
        assert_eq!(at_once, MOST + 1);
        let counted = told(repeats.drain());
        assert_eq!(counted, [(None, 10_000 - at_once as u64)]);
    }

    #[test]
    fn what_took_work_is_told_each_time() {
        let repeats = Repeats::default();
        for _ in 0..3 {
            let event = SecurityEvent::SignedUp { user: LogSafe::new("7") };
            assert_eq!(repeats.take(Occurrence { event, ..forged("one", 0) }).count(), 1);
        }
        assert_eq!(repeats.drain().count(), 0);
    }
}
