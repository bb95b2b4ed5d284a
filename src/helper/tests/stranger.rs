//! Programs of another user. Only root can become one: without it, these tests have nothing to show.

use std::env;
use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use culvert_ipc::{Client, ClientError};
use nix::unistd::geteuid;
use tokio::task::spawn_blocking;

use super::scripted::{Helper, soon};

const STRANGER: u32 = 1234;
const PART: &str = "CULVERT_TEST_PART";
const SOCKET: &str = "CULVERT_TEST_SOCKET";

/// The other user's program: this very test, started by the others.
#[test]
#[ignore = "plays its part only when the other tests start it"]
#[expect(clippy::print_stdout, reason = "the test that started it reads this")]
fn part() {
    let socket = env::var_os(SOCKET).expect("started by another test");
    let socket = Path::new(&socket);
    match env::var(PART).unwrap().as_str() {
        "ask" => println!("heard: {}", ask(socket)),
        "listen" => {
            let (mut client, _) = UnixListener::bind(socket).unwrap().accept().unwrap();
            client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut bytes = Vec::new();
            let _ = client.read_to_end(&mut bytes);
            println!("heard: {} bytes", bytes.len());
        }
        other => panic!("{other}"),
    }
}

/// Everything that the helper says to who says nothing.
fn ask(socket: &Path) -> String {
    match UnixStream::connect(socket) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => "no way in".to_owned(),
        Err(error) => panic!("{error}"),
        Ok(mut stream) => {
            stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// Starts [`part`] as the other user, from a copy in `dir` that it may execute.
fn play(part: &str, dir: &Path, socket: &Path) -> Child {
    let program = dir.join("part");
    if !program.exists() {
        fs::copy(env::current_exe().unwrap(), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
    }
    Command::new(program)
        .args(["--exact", "tests::stranger::part", "--ignored", "--nocapture"])
        .env(PART, part)
        .env(SOCKET, socket)
        .current_dir("/")
        .uid(STRANGER)
        .gid(STRANGER)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn heard(child: Child) -> String {
    let output = soon(spawn_blocking(|| child.wait_with_output().unwrap())).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, heard) = text.split_once("heard: ").unwrap();
    heard.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn another_user_finds_no_way_in_and_would_be_turned_away() {
    if !geteuid().is_root() {
        return;
    }
    let (helper, dir) = (Helper::start(), tempfile::tempdir().unwrap());
    let socket = helper.socket();
    fs::set_permissions(helper.dir.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(heard(play("ask", dir.path(), &socket)).await, "no way in");

    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let said = heard(play("ask", dir.path(), &socket)).await;
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
    let stranger = play("listen", dir.path(), &socket);
    let error = loop {
        match Client::connect(&socket).await.unwrap_err() {
            ClientError::NotRunning => tokio::time::sleep(Duration::from_millis(10)).await,
            error => break error,
        }
    };
    assert!(matches!(error, ClientError::Impostor { uid: STRANGER }), "{error:?}");
    assert_eq!(heard(stranger).await, "0 bytes");
}
