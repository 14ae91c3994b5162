//! Which targets of a redirect are on the server itself, for any browser and any proxy.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The longest target, since it is part of a link.
pub(crate) const MAX_TARGET: usize = 1024;

/// Whether `target` is a path on the server itself, with a query and a fragment perhaps.
///
/// It is plain ASCII without white space or backslashes; its path begins with one slash and has
/// neither empty segments nor `.` and `..`, however often it is percent-encoded: a path for this
/// function must not be a host for a browser or a proxy.
pub(crate) fn is_local_path(target: &str) -> bool {
    if target.len() > MAX_TARGET || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let end = target.find(['?', '#']).unwrap_or(target.len());
    let (path, rest) = target.split_at(end);
    !rest.contains('\\') && decodings(path).all(|path| path.is_some_and(|path| is_clean(&path)))
}

/// A path, then what it decodes to, and so on until nothing is left to decode; `None` for
/// bytes that are not UTF-8.
fn decodings(path: &str) -> impl Iterator<Item = Option<String>> {
    std::iter::successors(Some(Some(path.to_owned())), |path| {
        let path = path.as_deref()?;
        let decoded = percent_decode_str(path).decode_utf8().ok().map(Cow::into_owned);
        (decoded.as_deref() != Some(path)).then_some(decoded)
    })
}

fn is_clean(path: &str) -> bool {
    let Some(segments) = path.strip_prefix('/') else { return false };
    let dots = |segment: &str| matches!(segment, "." | "..");
    !path.contains("//")
        && !path.contains(|c: char| c == '\\' || c.is_control())
        && !segments.split('/').any(dots)
}
