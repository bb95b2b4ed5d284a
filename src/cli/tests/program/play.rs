//! A helper that a test plays, and the program that asks it.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use culvert_ipc::{
    Call, FrameError, FrameReader, FrameWriter, FromHelper, Hello, Notice, Outcome, Reply, Request,
    RequestId, ToHelper,
};
use culvert_model::{ConnectionId, Network, Protection, Secret, Stage, State, Status, Step};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::time::timeout;

pub const CONNECTION: ConnectionId = ConnectionId(4);
pub const CONNECT: [&str; 5] =
    ["connect", "--server=vpn.example.com", "--user=alice", "--password-stdin", "--json"];

/// The program and the helper's end of its connection.
pub struct Play {
    pub program: Child,
    pub helper: Helper,
}

pub struct Helper {
    reader: FrameReader<OwnedReadHalf>,
    writer: FrameWriter<OwnedWriteHalf>,
    last: RequestId,
    _dir: TempDir,
}

impl Helper {
    /// The next request.
    pub async fn asked(&mut self) -> Request {
        match soon(self.reader.read()).await.unwrap() {
            ToHelper::Call(Call { id, request }) => {
                self.last = id;
                request
            }
            ToHelper::Hello(_) => panic!("greeted twice"),
        }
    }

    /// Whether the program closes the connection without another word.
    pub async fn hung_up(&mut self) -> bool {
        matches!(soon(self.reader.read::<ToHelper>()).await, Err(FrameError::Closed))
    }

    pub async fn say(&mut self, message: FromHelper) {
        self.writer.write(&message).await.unwrap();
    }

    pub async fn reply(&mut self, outcome: Outcome) {
        self.say(FromHelper::Reply(Reply { id: self.last, outcome })).await;
    }

    pub async fn tell(&mut self, state: State) {
        self.say(FromHelper::Notice(Notice::Changed(Box::new(status(state))))).await;
    }
}

pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}

pub fn program(socket: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_culvert"));
    command.args(arguments).env("CULVERT_SOCKET", socket).env("LC_ALL", "C").kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A socket to listen at, in a directory of its own.
pub fn listener() -> (TempDir, UnixListener) {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("culvert.sock")).unwrap();
    (dir, listener)
}

/// The helper's end of the next connection, after the greetings.
pub async fn greeted(dir: TempDir, listener: &UnixListener) -> Helper {
    let (stream, _) = soon(listener.accept()).await.unwrap();
    let (reader, writer) = stream.into_split();
    let (mut reader, writer) = (FrameReader::new(reader), FrameWriter::new(writer));
    assert!(matches!(soon(reader.read()).await.unwrap(), ToHelper::Hello(_)));
    let mut helper = Helper { reader, writer, last: RequestId(0), _dir: dir };
    helper.say(FromHelper::Hello(Hello::new())).await;
    helper
}

/// Starts the program, with `input` as its standard input, and greets it.
pub async fn start(arguments: &[&str], input: &str) -> Play {
    let (dir, listener) = listener();
    let mut program = program(&dir.path().join("culvert.sock"), arguments).spawn().unwrap();
    program.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    Play { program, helper: greeted(dir, &listener).await }
}

/// As [`start`] for a connect, up to the point where the helper has begun.
pub async fn connecting(more: &[&str]) -> Play {
    let mut play = start(&[&CONNECT[..], more].concat(), "clientPass\n").await;
    assert_eq!(play.helper.asked().await, Request::Subscribe);
    play.helper
        .reply(Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() })
        .await;
    let Request::Connect { profile, password } = play.helper.asked().await else { panic!("no connect") };
    assert_eq!((profile.server.as_str(), profile.username.as_str()), ("vpn.example.com", "alice"));
    assert_eq!(password, Some(Secret::new("clientPass".to_owned())));
    play.helper.reply(Outcome::Started { connection: CONNECTION }).await;
    play
}

/// The exit status, standard output and standard error.
pub async fn finished(program: Child) -> (i32, String, String) {
    told(&soon(program.wait_with_output()).await.unwrap())
}

pub fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

pub fn status(state: State) -> Status {
    let steps = vec![
        Step { stage: Stage::LookingUpName, after_ms: 0 },
        Step { stage: Stage::ReachingServer, after_ms: 3 },
    ];
    let name = "vpn.example.com".to_owned();
    Status { steps, ..Status::new(CONNECTION, name, state) }
}

pub fn up() -> State {
    let network = Network {
        server: [198, 51, 100, 1].into(),
        address: [10, 0, 0, 7].into(),
        peer: None,
        dns: vec![],
        nbns: vec![],
        mtu: 1400,
        cipher: None,
        auth: None,
        interface: Some("culvert0".to_owned()),
    };
    State::Connected { network }
}
