//! A certificate for the servers that a test starts.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{find, missing, run};

/// The certificate of the authority in `folder`, where the machine could make one.
pub(super) fn authority(folder: &Path) -> Option<PathBuf> {
    Some(folder.join("authority.crt")).filter(|file| file.is_file())
}

/// An authority, and its certificate for `localhost`. Where there is no `openssl`, TLS is off.
pub(super) fn make_certificate(folder: &Path) {
    let Some(openssl) = find("openssl") else {
        missing("openssl", "openssl");
        return;
    };
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").expect("a file");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for command in [
        format!("req -x509 {key} -subj /CN=authority -days 2 -keyout ca.key -out authority.crt"),
        format!("req {key} -subj /CN=localhost -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA authority.crt -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.crt"
            .to_owned(),
    ] {
        let arguments = command.split_whitespace();
        run(Command::new(&openssl).args(arguments).current_dir(folder));
    }
}
