//! The socket's way into the file system.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::unistd::geteuid;

use crate::{Listener, ListenerError};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_directory_is_made_and_the_socket_goes_with_the_helper() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert/culvert.sock");
    let listener = Listener::bind(&path).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap()) & 0o022), (0o600, 0));
    drop(listener);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_dead_helpers_socket_is_replaced_and_a_live_ones_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert.sock");
    drop(StdListener::bind(&path).unwrap());
    assert!(StdStream::connect(&path).is_err());
    let listener = Listener::bind(&path).unwrap();
    StdStream::connect(&path).unwrap();
    let second = Listener::bind(&path).unwrap_err();
    assert!(matches!(second, ListenerError::Running(_)), "{second}");
    StdStream::connect(&path).unwrap();
    drop(listener);
    Listener::bind(&path).unwrap();
}

#[tokio::test]
async fn what_no_helper_left_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (file, target) = (dir.path().join("file"), dir.path().join("target"));
    fs::write(&file, "precious").unwrap();
    let (link, dangling) = (dir.path().join("link"), dir.path().join("dangling"));
    symlink(&file, &link).unwrap();
    symlink(&target, &dangling).unwrap();
    for path in [&file, &link, &dangling] {
        let error = Listener::bind(path).unwrap_err();
        assert!(matches!(error, ListenerError::InTheWay { .. }), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert!(!target.exists() && link.is_symlink());
}

#[tokio::test]
async fn a_directory_that_others_can_change_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (open, link) = (dir.path().join("open"), dir.path().join("link"));
    fs::create_dir(&open).unwrap();
    symlink(&open, &link).unwrap();
    let refused = |path: &Path| {
        let error = Listener::bind(&path.join("culvert.sock")).unwrap_err();
        assert!(matches!(error, ListenerError::Directory { .. }), "{error}");
    };
    refused(&link);
    for mode in [0o777, 0o775, 0o757] {
        fs::set_permissions(&open, Permissions::from_mode(mode)).unwrap();
        refused(&open);
    }
    fs::set_permissions(&open, Permissions::from_mode(0o1777)).unwrap();
    Listener::bind(&open.join("culvert.sock")).unwrap();
    if geteuid().is_root() {
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        chown(&open, Some(1234), None).unwrap();
        refused(&open);
    }
}

#[tokio::test]
async fn another_users_socket_is_refused() {
    if !geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert.sock");
    drop(StdListener::bind(&path).unwrap());
    chown(&path, Some(1234), None).unwrap();
    let error = Listener::bind(&path).unwrap_err();
    assert!(matches!(error, ListenerError::InTheWay { .. }), "{error}");
}

#[tokio::test]
async fn a_path_that_is_too_long_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = Listener::bind(&dir.path().join("x".repeat(120))).unwrap_err();
    assert!(matches!(error, ListenerError::System { .. }), "{error}");
    assert!(Listener::bind(Path::new("/nowhere/at/all/culvert.sock")).is_err());
}

/// Many restarts, while somebody looks all the time.
#[tokio::test]
async fn no_moment_shows_another_mode() {
    static IS_DONE: AtomicBool = AtomicBool::new(false);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("culvert.sock");
    let looked_at = path.clone();
    let looking = thread::spawn(move || {
        let mut seen = 0;
        while !IS_DONE.load(Ordering::Relaxed) {
            if let Ok(found) = fs::symlink_metadata(&looked_at) {
                assert_eq!(found.permissions().mode() & 0o777, 0o600);
                seen += 1;
            }
        }
        seen
    });
    for _ in 0..2000 {
        Listener::bind(&path).unwrap();
    }
    IS_DONE.store(true, Ordering::Relaxed);
    assert!(looking.join().unwrap() > 0);
}
