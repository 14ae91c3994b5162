//! The search for secrets: in files, in logs, in panics, in what `Debug` prints.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

/// What was written, by whoever writes.
#[derive(Debug, Clone, Default)]
pub struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    /// All of it.
    ///
    /// # Panics
    ///
    /// If a writer has panicked.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no panic").clone()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Tape {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The crates that log by `log` and not by `tracing`.
struct Plain(Tape);

impl log::Log for Plain {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(self.0.clone(), "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

/// The length of a session cookie: the text of 24 random bytes, and 16 characters of a seal.
pub const SESSION_COOKIE: usize = 48;

/// A secret and every form in which it might turn up.
#[derive(Debug)]
pub struct Needle {
    /// What it is.
    pub what: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Needle {
    /// The needle of `secret`.
    #[must_use]
    pub fn new(what: &'static str, secret: &[u8]) -> Self {
        let mut needle = Self { what, forms: Vec::new() };
        needle.add(secret);
        // A cookie and a CSRF token are a text for bytes: these are secret too, and a session id
        // of them the first 24. A device token begins with its name and ends with its seal, of 16
        // each; the stamp between them is no secret.
        if let Some(bytes) = decode_base64url(secret).filter(|it| [32, 48].contains(&it.len())) {
            let seal = &bytes[bytes.len() - 16..];
            for part in [&bytes[..], &bytes[..24], &bytes[..16], seal] {
                needle.add(part);
            }
        }
        // The first part of a session cookie is the id; what follows is no secret by itself.
        if secret.len() == SESSION_COOKIE {
            let id = &secret[..SESSION_COOKIE - 16];
            needle.add(id);
            needle.add(&decode_base64url(id).unwrap_or_default());
        }
        if let Some(bytes) = decode_hex(secret) {
            needle.add(&bytes);
        }
        needle
    }

    fn add(&mut self, secret: &[u8]) {
        let text = |parts: Vec<String>, between: &str| parts.join(between).into_bytes();
        let each = |form: &dyn Fn(&u8) -> String| secret.iter().map(form).collect::<Vec<_>>();
        self.forms.extend([
            secret.to_vec(),
            secret.escape_ascii().to_string().into_bytes(),
            text(each(&|byte| format!("{byte:02x}")), ""),
            text(each(&|byte| format!("{byte:02X}")), ""),
            text(each(&|byte| format!("%{byte:02x}")), ""),
            text(each(&|byte| format!("%{byte:02X}")), ""),
            text(each(&|byte| format!("{byte}")), ", "),
            form_encoded(secret, "+"),
            form_encoded(secret, "%20"),
        ]);
        for alphabet in [b"+/", b"-_"] {
            // Within a longer text it can start at each of three places.
            for offset in 0..3 {
                self.forms.push(base64_inner(secret, offset, *alphabet));
            }
        }
        self.forms.sort();
        self.forms.dedup();
    }

    /// The first form that is in `hay`.
    #[must_use]
    pub fn in_(&self, hay: &[u8]) -> Option<String> {
        let found = self.forms.iter().find(|form| contains(hay, form))?;
        Some(self.shown(found))
    }

    fn shown(&self, form: &[u8]) -> String {
        format!("{}, as {:?}", self.what, String::from_utf8_lossy(form))
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && memchr::memmem::find(hay, needle).is_some()
}

fn form_encoded(secret: &[u8], space: &str) -> Vec<u8> {
    let encode = |byte: &u8| match byte {
        b' ' => space.to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) => char::from(*byte).into(),
        byte => format!("%{byte:02X}"),
    };
    secret.iter().map(encode).collect::<String>().into_bytes()
}

/// The characters of base64 that are the same whatever stands before and after `secret`, which
/// starts at `offset` of a group.
fn base64_inner(secret: &[u8], offset: usize, last: [u8; 2]) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let padded = [vec![0; offset], secret.to_vec()].concat();
    let whole = padded.len() / 3 * 3;
    let encoded = padded[..whole].chunks_exact(3).flat_map(|group| {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        [18, 12, 6, 0].map(|shift| match (bits >> shift & 63) as usize {
            62 => last[0],
            63 => last[1],
            digit => DIGITS[digit],
        })
    });
    // The characters that also hold bits of what stands before.
    encoded.skip([0, 2, 3][offset]).collect()
}

fn decode_base64url(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    };
    let digits = text.iter().map(digit).collect::<Option<Vec<_>>>()?;
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
        let bits = bits << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    Some(digits.chunks(4).flat_map(group).collect())
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let digits = text.iter().map(digit).collect::<Option<Vec<_>>>()?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair.get(1)?).ok()).collect()
}

/// A place that is searched.
#[derive(Debug)]
pub struct Place {
    /// What it is called in a report.
    pub name: String,
    /// What is there.
    pub bytes: Vec<u8>,
}

/// How many bytes a form begins with that is looked up.
const START: usize = 4;

/// What each needle is found in; nothing, if all is well.
#[must_use]
pub fn search(needles: &[Needle], places: &[Place]) -> Vec<String> {
    // Thousands of forms are looked for at once: a place is read once for all that have a start.
    let has_start = |needle: &&Needle| needle.forms.iter().all(|form| form.len() >= START);
    let (with_start, others): (Vec<_>, Vec<_>) = needles.iter().partition(has_start);
    let mut by_start: HashMap<&[u8], Vec<(&Needle, &[u8])>> = HashMap::new();
    for needle in with_start {
        for form in &needle.forms {
            by_start.entry(&form[..START]).or_default().push((needle, form));
        }
    }
    let mut found = BTreeSet::new();
    for Place { name, bytes } in places {
        for (at, start) in bytes.windows(START).enumerate() {
            let known = by_start.get(start).into_iter().flatten();
            let here = known.filter(|(_, form)| bytes[at..].starts_with(form));
            found.extend(here.map(|(needle, form)| format!("{name}: {}", needle.shown(form))));
        }
        let others = others.iter().filter_map(|needle| needle.in_(bytes));
        found.extend(others.map(|form| format!("{name}: {form}")));
    }
    found.into_iter().collect()
}

/// The files of an SQLite database: its pages, its log, and what its processes share.
///
/// # Panics
///
/// If there is no such database.
#[must_use]
pub fn database_files(file: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    for suffix in ["", "-wal", "-shm"] {
        let path = format!("{}{suffix}", file.display());
        if let Ok(bytes) = std::fs::read(&path) {
            places.push(Place { name: path, bytes });
        }
    }
    assert!(places.len() >= 2, "a database and its log");
    places
}

/// What `Debug` prints of a value, in both forms.
///
/// # Panics
///
/// If there is no value, in which nothing could be found.
pub fn shown(name: &str, value: &impl Debug) -> Place {
    assert_ne!(format!("{value:?}"), "None", "{name} is not there to be shown");
    Place { name: format!("Debug of {name}"), bytes: format!("{value:?}\n{value:#?}").into_bytes() }
}

static PANICS: OnceLock<Tape> = OnceLock::new();

/// Records all logs of the process at every level, and the texts of all panics, from now on.
///
/// # Panics
///
/// If the process has a logger already.
#[must_use]
pub fn record_everything() -> (Tape, Tape) {
    let (logs, panics) = (Tape::default(), Tape::default());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(logs.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the first in this process");
    log::set_boxed_logger(Box::new(Plain(logs.clone()))).expect("the first in this process");
    log::set_max_level(log::LevelFilter::Trace);

    PANICS.set(panics.clone()).unwrap_or_else(|_| unreachable!("set once"));
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(tape) = PANICS.get() {
            let _ = writeln!(tape.clone(), "{panic}");
        }
        if !panic.to_string().contains("as planned") {
            usual(panic);
        }
    }));
    (logs, panics)
}
