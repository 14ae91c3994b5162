//! Events as lines of [`tracing`].

use super::line::Line;
use super::{Occurrence, Plain};

/// Successes are `INFO`, refusals `WARN`.
pub(super) fn write(occurrence: &Occurrence) {
    let line = Line::of(&occurrence.event);
    macro_rules! write_at {
        ($level:ident) => {
            tracing::$level!(
                target: "crudauth::security",
                event = occurrence.event.name(),
                times = (occurrence.times > 1).then_some(occurrence.times),
                address = occurrence.address.as_ref().map(Plain::as_str),
                user = line.user.map(Plain::as_str),
                session = line.session.map(Plain::as_str),
                family = line.family.map(Plain::as_str),
                name = line.name.map(Plain::as_str),
                recipient = line.recipient.map(Plain::as_str),
                reason = line.reason,
                link = line.link,
                kind = line.kind,
                channel = line.channel.map(Plain::as_str),
                via = line.via,
                gate = line.gate,
                action = line.action,
                caller = line.caller.map(Plain::as_str),
                known_device = line.known_device,
                replayed = line.replayed,
                revoked = line.revoked,
                attempts = line.attempts,
                retry_after_seconds = line.retry_after.map(|wait| wait.as_secs_f64()),
            )
        };
    }
    if occurrence.event.is_refusal() {
        write_at!(warn);
    } else {
        write_at!(info);
    }
}
