//! The copy of the workspace that the mutants are planted into.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crudauth_tests::mutants::{MUTANTS, planted, switchboard};

use crate::Failed;

/// What is not copied.
const NOT_COPIED: [&str; 4] = ["target", ".git", "bench", "node_modules"];
/// The crates that have mutants.
const CRATES: [&str; 2] = ["crudauth", "crudauth-derive"];

/// Makes `folder` a copy of `root` with all mutants in it. What is there already and is the same
/// is left alone, so that cargo builds what has changed.
pub(crate) fn plant(root: &Path, folder: &Path) -> Result<(), Failed> {
    let mut sources = BTreeMap::new();
    read(root, Path::new(""), &mut sources)?;
    let files: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.file).collect();
    let mut errors = Vec::new();
    for file in files {
        let mutants: Vec<_> = MUTANTS.iter().filter(|mutant| mutant.file == file).collect();
        let source = sources.get_mut(Path::new(file)).ok_or(format!("there is no {file}"))?;
        match planted(std::str::from_utf8(source)?, &mutants) {
            Ok(text) => *source = text.into_bytes(),
            Err(misplanted) => errors.extend(misplanted),
        }
    }
    if !errors.is_empty() {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        return Err(errors.join("\n").into());
    }
    for name in CRATES {
        let source = Path::new(name).join("src");
        let library = sources.get_mut(&source.join("lib.rs")).ok_or("a crate has no lib.rs")?;
        // What a mutant leaves unused is no news.
        library.splice(..0, *b"#![allow(warnings)]\n");
        library.extend_from_slice(b"\nmod planted;\n");
        sources.insert(source.join("planted.rs"), switchboard().into_bytes());
    }
    // Under another version, so that both are built side by side in one place.
    let manifest = sources.get_mut(Path::new("Cargo.toml")).ok_or("there is no Cargo.toml")?;
    *manifest = renamed(std::str::from_utf8(manifest)?)?.into_bytes();
    write(folder, &sources)
}

/// The manifest of the workspace with a version of its own.
fn renamed(manifest: &str) -> Result<String, Failed> {
    let (before, package) = manifest
        .split_once("[workspace.package]\nversion = \"")
        .ok_or("the manifest has no version of the workspace")?;
    let (version, after) = package.split_once('"').ok_or("the version has no end")?;
    Ok(format!("{before}[workspace.package]\nversion = \"{version}+mutants\"{after}"))
}

fn read(root: &Path, within: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Failed> {
    for entry in fs::read_dir(root.join(within))? {
        let entry = entry?;
        let path = within.join(entry.file_name());
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read(root, &path, files)?;
        } else if entry.path().is_file() {
            // A link to a file of another package becomes the file.
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Failed> {
    let mut there = BTreeMap::new();
    if folder.is_dir() {
        read(folder, Path::new(""), &mut there)?;
    }
    // Cargo changes the version in the lock file of the copy itself.
    let lock = Path::new("Cargo.lock");
    for (path, bytes) in files {
        if there.get(path) != Some(bytes) && !(path == lock && there.contains_key(lock)) {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().ok_or("a file is in no folder")?)?;
            fs::write(file, bytes)?;
        }
    }
    for path in there.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(folder.join(path))?;
    }
    Ok(())
}
