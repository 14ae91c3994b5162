//! Test binaries, as cargo builds them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A test binary that cargo has built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The folder of its package.
    pub package: PathBuf,
    /// What it is the test of: `test` for a file of `tests`, `lib` for a library.
    pub kind: String,
    /// The name of the target.
    pub name: String,
    /// Where it is.
    pub file: PathBuf,
}

/// Runs `cargo test --no-run` in `folder`, with these arguments and variables, and returns the
/// binaries of it.
///
/// # Errors
///
/// Where they do not build.
pub fn tests(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &Path)],
) -> Result<Vec<Built>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--no-run", "--message-format=json-render-diagnostics"]).args(arguments);
    // What cargo says of this program to this program: a crate that reads it would be built anew.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command.envs(variables.iter().copied());
    let output = command.current_dir(folder).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the tests do not build".into());
    }
    let mut built = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let (target, manifest) = (&message["target"], message["manifest_path"].as_str());
        if let (Some(kind), Some(name), Some(file), Some(package), Some(true)) = (
            target["kind"][0].as_str(),
            target["name"].as_str(),
            message["executable"].as_str(),
            manifest.and_then(|manifest| Path::new(manifest).parent()),
            message["profile"]["test"].as_bool(),
        ) {
            built.push(Built {
                package: package.to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                file: file.into(),
            });
        }
    }
    Ok(built)
}
