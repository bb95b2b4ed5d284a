//! The socket's way into the file system.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket};
use nix::unistd::geteuid;

use super::part::{hand_over, heard};
use crate::{DirectoryError, Listener, ListenerError};

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
    for _ in 0..10_000 {
        Listener::bind(&path).unwrap();
    }
    IS_DONE.store(true, Ordering::Relaxed);
    assert!(looking.join().unwrap() > 0);
}

/// Everybody may knock, so nobody else may be able to put another door there.
#[tokio::test]
async fn a_socket_for_all_lies_where_only_root_and_we_can_change_anything() {
    let dir = tempfile::tempdir().unwrap();
    let (above, own) = (dir.path().join("above"), dir.path().join("above/own"));
    fs::create_dir_all(&own).unwrap();
    let path = own.join("culvert.sock");
    let listener = Listener::bind_for_all(&path).unwrap();
    assert_eq!(mode(&path), 0o666);
    drop(listener);
    fs::set_permissions(&above, Permissions::from_mode(0o777)).unwrap();
    let refused = Listener::bind_for_all(&path).unwrap_err();
    assert!(matches!(refused, ListenerError::Directory(DirectoryError::Untrusted { .. })), "{refused}");
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    fs::create_dir(&real).unwrap();
    symlink(&real, &link).unwrap();
    let refused = Listener::bind_for_all(&link.join("culvert.sock")).unwrap_err();
    assert!(refused.to_string().contains("it is a symbolic link"), "{refused}");
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
    fs::write(real.join("culvert.sock"), "precious").unwrap();
    let refused = Listener::bind_for_all(&real.join("culvert.sock")).unwrap_err();
    assert!(matches!(refused, ListenerError::InTheWay { .. }), "{refused}");
}

#[tokio::test]
async fn a_socket_that_was_handed_over_is_used_and_stays() {
    let (dir, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = here.path().join("culvert.sock");
    let helper = hand_over(dir.path(), StdListener::bind(&path).unwrap().into());
    let _client = StdStream::connect(&path).unwrap();
    assert_eq!(heard(helper).await, "true");
    assert!(path.exists(), "it is the service manager's");
}

#[tokio::test]
async fn what_was_handed_over_must_be_a_listening_socket_at_a_safe_path() {
    let (dir, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = here.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let stream = |path: &Path| {
        let made = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
        bind(made.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
        made
    };
    let datagram = UnixDatagram::bind(here.path().join("datagram")).unwrap();
    let nameless = SocketAddr::from_abstract_name(format!("culvert-test-{}", std::process::id())).unwrap();
    let cases: [(OwnedFd, &str); 7] = [
        (File::open("/dev/null").unwrap().into(), "nothing"),
        (TcpListener::bind("127.0.0.1:0").unwrap().into(), "nothing"),
        (datagram.into(), "nothing"),
        (stream(&here.path().join("deaf")), "does not listen"),
        (StdStream::pair().unwrap().0.into(), "does not listen"),
        (StdListener::bind_addr(&nameless).unwrap().into(), "it has no path"),
        (StdListener::bind(open.join("culvert.sock")).unwrap().into(), "others may write to it"),
    ];
    for (descriptor, expected) in cases {
        let said = heard(hand_over(dir.path(), descriptor)).await;
        assert!(said.contains(expected), "{said}, not {expected}");
    }
}
