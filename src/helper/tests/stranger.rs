//! Programs of another user. Only root can become one: without it, these tests have nothing to show.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::time::Duration;

use culvert_ipc::{Client, ClientError};
use nix::unistd::geteuid;

use super::part::{heard, play};
use super::scripted::Helper;

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

#[tokio::test]
async fn a_client_says_nothing_to_a_stranger() {
    if !geteuid().is_root() {
        return;
    }
    let (dir, squatted) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    chown(squatted.path(), Some(STRANGER), Some(STRANGER)).unwrap();
    let socket = squatted.path().join("culvert.sock");
    let stranger = play("listen", STRANGER, dir.path(), &socket);
    let error = loop {
        match Client::connect(&socket).await.unwrap_err() {
            ClientError::NotRunning => tokio::time::sleep(Duration::from_millis(10)).await,
            error => break error,
        }
    };
    assert!(matches!(error, ClientError::Impostor { uid: STRANGER }), "{error:?}");
    assert_eq!(heard(stranger).await, "0 bytes");
}
