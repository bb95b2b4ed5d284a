//! Programs of another user. Only root can become one: without it, these tests have nothing to show.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use culvert_ipc::{Client, ClientError};
use nix::unistd::geteuid;

use super::part::{heard, play};
use super::scripted::{Helper, connect, soon};

const STRANGER: u32 = 1234;

#[tokio::test]
async fn another_user_finds_no_way_in_and_would_be_turned_away() {
    if !geteuid().is_root() {
        return;
    }
    let (helper, dir) = (Helper::start(), tempfile::tempdir().unwrap());
    let socket = helper.socket();
    fs::set_permissions(helper.dir.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(heard(play("ask", STRANGER, dir.path(), &socket)).await, "no way in");

    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let said = heard(play("ask", STRANGER, dir.path(), &socket)).await;
    assert!(said.ends_with(r#"{"goodbye":"not-allowed"}"#), "{said}");
    helper.client().await;
}

/// What a client makes of a stranger who listens at a place of which everything but `fake` is in order, and how
/// much the stranger heard of its password.
async fn fooled(fake: Fake) -> (ClientError, String) {
    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let socket = place.path().join("culvert.sock");
    chown(place.path(), Some(STRANGER), Some(STRANGER)).unwrap();
    let stranger = play("listen", STRANGER, dir.path(), &socket);
    let listens = async {
        while !socket.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(listens).await;
    if fake != Fake::Directory {
        chown(place.path(), Some(geteuid().as_raw()), None).unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o1777)).unwrap();
    }
    if fake == Fake::Listener {
        chown(&socket, Some(geteuid().as_raw()), None).unwrap();
        fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    }
    let error = match Client::connect(&socket).await {
        Ok(mut client) => client.request(connect(Some("clientPass"))).await.unwrap_err(),
        Err(error) => error,
    };
    // For a stranger to whom nobody came.
    drop(UnixStream::connect(&socket));
    (error, heard(stranger).await)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fake {
    Directory,
    Socket,
    Listener,
}

#[tokio::test]
async fn a_client_says_nothing_to_a_stranger() {
    if !geteuid().is_root() {
        return;
    }
    let (error, heard) = fooled(Fake::Directory).await;
    assert!(matches!(error, ClientError::Untrusted { why: "it belongs to another user", .. }), "{error:?}");
    assert_eq!(heard, "0 bytes");
    for fake in [Fake::Socket, Fake::Listener] {
        let (error, heard) = fooled(fake).await;
        assert!(matches!(error, ClientError::Impostor { uid: STRANGER }), "{fake:?}: {error:?}");
        assert_eq!(heard, "0 bytes", "{fake:?}");
    }
}
