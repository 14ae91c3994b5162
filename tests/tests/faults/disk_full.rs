//! SQLite on a disk that is full, until there is room again.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crudauth_tests::support::fleet::{Limits, Order, Plan};
use tempfile::TempDir;

use crate::cast::Told;
use crate::stage::{PROGRAM, Stage};
use crate::traffic::Traffic;
use crate::{comes_back, until};

/// Where the disk ends.
enum Disk {
    /// At a number of pages: SQLite itself says that it is full.
    Pages,
    /// At a length of each file that the system allows the process: a write fails, as where the disk
    /// is broken.
    Length,
    /// At the end of a file system of its own, which only the process sees: no room for any file.
    Whole(PathBuf),
}

/// Bytes that a file may grow by before the disk is full.
const ROOM: u64 = 600 * 1024;

/// The size of a file system of its own, in bytes.
const WHOLE: u64 = 24 * 1024 * 1024;

impl Disk {
    fn fills(&self, stage: &mut Stage, file: &Path) {
        match self {
            Self::Pages => {
                let pages = fs::metadata(file).expect("the database").len() / 4096;
                let room = usize::try_from(pages).expect("a small file") + 40;
                stage.server.order(Order::Pages(room));
            }
            Self::Length => {
                let log = PathBuf::from(format!("{}-wal", file.display()));
                let lengths = [file, &log].map(|file| fs::metadata(file).map_or(0, |it| it.len()));
                limit(stage.server.id(), &(lengths[0].max(lengths[1]) + ROOM).to_string());
            }
            // It is full of something else, but for little.
            Self::Whole(disk) => ballast(&seen_by(stage, disk)),
        }
    }

    fn has_room(&self, stage: &mut Stage) {
        match self {
            Self::Pages => stage.server.order(Order::Pages(0)),
            Self::Length => limit(stage.server.id(), "unlimited"),
            Self::Whole(disk) => {
                fs::remove_file(seen_by(stage, disk).join("ballast")).expect("it is there");
            }
        }
    }
}

/// Sets how long a file the process may write. A write beyond it is then an error, and no signal.
fn limit(process: u32, bytes: &str) {
    let status = Command::new("prlimit")
        .args([&format!("--pid={process}"), &format!("--fsize={bytes}:")])
        .status();
    assert!(status.expect("prlimit of util-linux").success());
}

/// A folder as the process sees it.
fn seen_by(stage: &Stage, folder: &Path) -> PathBuf {
    let inside = folder.strip_prefix("/").expect("an absolute path");
    Path::new("/proc").join(stage.server.id().to_string()).join("root").join(inside)
}

/// Fills the file system up, and leaves the room that is given.
fn ballast(folder: &Path) {
    let mut file = File::create(folder.join("ballast")).expect("a file");
    let mut length = 0;
    while let Ok(written @ 1..) = file.write(&[1; 4096]) {
        length += written as u64;
        // The disk of the machine is nobody's to fill.
        assert!(length <= WHOLE, "this is another disk");
    }
    file.set_len(length.saturating_sub(ROOM)).expect("some room");
}

/// The command that runs the program with its own file system at `folder`; `None`, said loudly,
/// where this process may not have one.
fn on_its_own_disk(folder: &Path) -> Option<Command> {
    let mount = format!("mount -t tmpfs -o size={WHOLE} tmpfs \"$1\" && shift && exec \"$@\"");
    let command = |kind: &str, program: &str| {
        let mut command = Command::new("unshare");
        command.args([kind, "--mount", "sh", "-c", &mount, "sh"]).arg(folder).arg(program);
        command
    };
    // As root, or as one who is root of a place that has nobody else.
    let mut kinds = ["--uts", "--map-root-user"].into_iter();
    let works = |kind: &&str| {
        let tried = command(kind, "true").stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let kind = kinds.find(works);
    if kind.is_none() {
        missing();
    }
    Some(command(kind?, PROGRAM))
}

#[expect(clippy::print_stderr, reason = "a test that is not run is said loudly")]
fn missing() {
    eprintln!("\n!!! NOT TESTED: a disk of its own, since no file system may be mounted here\n");
}

async fn survives(mut stage: Stage, disk: Disk, file: &Path) {
    let cast = crate::cast::Cast::of(&mut stage, "full").await;
    // Long enough ago that activity would be noted again.
    stage.server.order(Order::After(61));
    disk.fills(&mut stage, file);
    let traffic = Traffic::begin(&stage, "full");
    until("the disk is full", async || traffic.refused() >= 20).await;
    let told = cast.ask(&stage).await;
    told.iter().for_each(Told::is_read);
    let refused = told.iter().filter(|told| told.status == 503).count();
    assert!(refused > 0, "it is full: {told:?}");
    stage.server.order(Order::Check);

    disk.has_room(&mut stage);
    let before = traffic.acknowledged();
    until("there is room again", async || traffic.acknowledged() >= before + 20).await;
    stage.server.order(Order::Check);
    traffic.end(&stage).await;
    comes_back(&stage, &cast, &told, "a full disk").await;
    let (_, name) = cast.stays();
    stage.every_permit_is_back(&name).await;
}

/// It is full when the process dies, and has room when the next one starts.
async fn survives_death(mut stage: Stage, disk: Disk, file: &Path) {
    disk.fills(&mut stage, file);
    let traffic = Traffic::begin(&stage, "dies");
    until("the disk is full", async || traffic.refused() >= 20).await;
    let seen = traffic.stop().await;
    stage.restart();
    stage.server.order(Order::Check);
    seen.is_there(&stage).await;
    stage.sign_up("afterwards").await;
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("full.db");
    (folder, file)
}

/// The application over a file.
fn on(file: &Path, change: impl FnOnce(&mut Plan)) -> Stage {
    // A write that is too long shall fail, and not end the process.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", PROGRAM]);
    Stage::under(command, |plan| {
        plan.users = file.to_str().expect("UTF-8").to_owned();
        change(plan);
    })
}

fn usual(_: &mut Plan) {}

/// A sign-up is one statement, and nothing before it or after it fails in its place.
fn bare(plan: &mut Plan) {
    plan.mail = None;
    plan.limits = Limits::Off;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_may_reach_its_last_page() {
    for change in [usual, bare] {
        let (_folder, file) = folder();
        survives_death(on(&file, change), Disk::Pages, &file).await;
    }
    let (_folder, file) = folder();
    survives(on(&file, usual), Disk::Pages, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_reach_its_greatest_length() {
    for change in [usual, bare] {
        let (_folder, file) = folder();
        survives_death(on(&file, change), Disk::Length, &file).await;
    }
    let (_folder, file) = folder();
    survives(on(&file, usual), Disk::Length, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_may_be_full() {
    let (folder, _) = folder();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    let Some(command) = on_its_own_disk(&disk) else { return };
    let file = disk.join("full.db");
    let stage = Stage::under(command, |plan| plan.users = file.to_str().expect("UTF-8").to_owned());
    survives(stage, Disk::Whole(disk), &file).await;
}
