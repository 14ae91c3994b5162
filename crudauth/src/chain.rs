//! An error with its causes, in one line.

use std::error::Error;

/// The text of `error` and those of its causes, for a log. Errors of crudauth leave their causes
/// out of their texts; some errors of other crates do not, so what is there already is not said
/// again.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        source = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Option<Box<Layer>> {
        let (text, rest) = texts.split_first()?;
        Some(Box::new(Layer { text, source: layers(rest) }))
    }

    #[test]
    fn every_cause_is_in_the_line_once() {
        let of = |texts: &[&'static str]| chain(&*layers(texts).expect("an error"));
        assert_eq!(of(&["it failed"]), "it failed");
        assert_eq!(of(&["it failed", "no answer", "refused"]), "it failed: no answer: refused");
        assert_eq!(of(&["it failed: refused", "refused"]), "it failed: refused");
    }
}
