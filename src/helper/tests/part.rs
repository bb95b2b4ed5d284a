//! Another program, of this user or of another: this very test binary, started by its tests.

use std::env;
use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use culvert_ipc::Client;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use super::scripted::soon;

const PART: &str = "CULVERT_TEST_PART";
const SOCKET: &str = "CULVERT_TEST_SOCKET";

/// The other program.
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
        "greet" => {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let greeted = runtime.block_on(Client::connect(socket));
            println!("heard: {}", greeted.map_or_else(|error| error.to_string(), |_| "welcome".to_owned()));
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

/// Starts [`part`] as a user, from a copy in `dir` that it may execute.
pub(super) fn play(part: &str, user: u32, dir: &Path, socket: &Path) -> Child {
    let program = dir.join("part");
    if !program.exists() {
        fs::copy(env::current_exe().unwrap(), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
    }
    Command::new(program)
        .args(["--exact", "tests::part::part", "--ignored", "--nocapture"])
        .env(PART, part)
        .env(SOCKET, socket)
        .current_dir("/")
        .uid(user)
        .gid(user)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What it heard.
pub(super) async fn heard(child: Child) -> String {
    let output = soon(spawn_blocking(|| child.wait_with_output().unwrap())).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, heard) = text.split_once("heard: ").unwrap();
    heard.lines().next().unwrap().to_owned()
}
