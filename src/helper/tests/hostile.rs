//! Programs that break the rules, and programs of other users.

use std::time::{Duration, Instant};

use culvert_ipc::{
    Client, ClientError, FrameError, FrameReader, FromHelper, Goodbye, Hello, Outcome, Request, ToHelper,
    VERSION,
};
use culvert_model::State;
use nix::unistd::geteuid;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::part::{heard, play};
use super::scripted::{Helper, connect, soon, started};

/// A program that says what it likes.
struct Raw {
    reader: FrameReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Raw {
    async fn connect(helper: &Helper) -> Self {
        let (reader, writer) = UnixStream::connect(helper.socket()).await.unwrap().into_split();
        Self { reader: FrameReader::new(reader), writer }
    }

    async fn greeted(helper: &Helper) -> Self {
        let mut raw = Self::connect(helper).await;
        raw.frame(&serde_json::to_vec(&ToHelper::Hello(Hello::new())).unwrap()).await;
        assert!(matches!(raw.hear().await.unwrap(), FromHelper::Hello(_)));
        raw
    }

    async fn frame(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.bytes(&length).await;
        self.bytes(body).await;
    }

    async fn bytes(&mut self, bytes: &[u8]) {
        // The helper may have hung up already; what it said comes after.
        let _ = self.writer.write_all(bytes).await;
    }

    async fn hear(&mut self) -> Result<FromHelper, FrameError> {
        soon(self.reader.read()).await
    }

    async fn is_told(&mut self, reason: Goodbye) {
        let heard = self.hear().await.unwrap();
        assert_eq!(heard, FromHelper::Goodbye(reason));
        assert!(self.hear().await.is_err(), "nothing comes after a goodbye");
    }
}

/// That the helper is still there for others, and quick about it.
async fn is_well(helper: &Helper) {
    let begun = Instant::now();
    let outcome = helper.client().await.request(Request::Status).await.unwrap();
    assert!(matches!(outcome, Outcome::Status { .. }));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn garbage_is_cut_off_with_its_reason() {
    let helper = Helper::start();
    let cases: [(&[u8], Goodbye); 6] = [
        (&[0x40, 0, 0, 0], Goodbye::TooLarge),
        (&[0, 1, 0, 1], Goodbye::TooLarge),
        (&[0, 0, 0, 0], Goodbye::NotUnderstood),
        (b"\0\0\0\x02{}", Goodbye::NotUnderstood),
        (b"\0\0\0\x04null", Goodbye::NotUnderstood),
        (b"GET / HTTP/1.1\r\n\r\n", Goodbye::TooLarge),
    ];
    for (bytes, reason) in cases {
        let mut greeted = Raw::greeted(&helper).await;
        greeted.bytes(bytes).await;
        greeted.is_told(reason).await;
        let mut fresh = Raw::connect(&helper).await;
        fresh.bytes(bytes).await;
        fresh.is_told(reason).await;
    }
    is_well(&helper).await;
}

#[tokio::test]
async fn an_unknown_field_or_a_second_greeting_is_cut_off() {
    let helper = Helper::start();
    let frames: [&[u8]; 3] = [
        br#"{"call":{"id":1,"request":"status","more":1}}"#,
        br#"{"call":{"id":1,"request":{"connect":{"profile":{"server":"h","username":"u","up":"/bin/sh"}}}}}"#,
        br#"{"hello":{"version":1}}"#,
    ];
    for frame in frames {
        let mut raw = Raw::greeted(&helper).await;
        raw.frame(frame).await;
        raw.is_told(Goodbye::NotUnderstood).await;
    }
    let mut raw = Raw::connect(&helper).await;
    raw.frame(br#"{"call":{"id":1,"request":"status"}}"#).await;
    raw.is_told(Goodbye::NotUnderstood).await;
}

#[tokio::test]
async fn another_version_hears_ours_and_is_sent_away() {
    let helper = Helper::start();
    let mut raw = Raw::connect(&helper).await;
    raw.frame(br#"{"hello":{"version":4000000000,"tongue":"later"}}"#).await;
    let FromHelper::Hello(hello) = raw.hear().await.unwrap() else { panic!("no greeting") };
    assert_eq!(hello.version, VERSION);
    raw.is_told(Goodbye::OtherVersion).await;
}

#[tokio::test(start_paused = true)]
async fn who_dawdles_is_cut_off_and_who_only_listens_is_not() {
    let helper = Helper::start();
    let mut listener = helper.watcher().await;
    let mut silent = Raw::connect(&helper).await;
    silent.is_told(Goodbye::TooSlow).await;
    let mut half = Raw::greeted(&helper).await;
    half.bytes(&[0, 0, 1]).await;
    half.is_told(Goodbye::TooSlow).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    listener.request(Request::Status).await.unwrap();
}

#[tokio::test]
async fn a_program_with_a_thousand_connections_leaves_room_for_others() {
    let helper = Helper::start();
    let mut early = helper.client().await;
    let mut crowd = Vec::new();
    for _ in 0..1000 {
        crowd.push(UnixStream::connect(helper.socket()).await.unwrap());
    }
    early.request(Request::Status).await.unwrap();
    let late = Client::connect(&helper.socket()).await.unwrap_err();
    assert!(matches!(late, ClientError::Goodbye(Goodbye::TooMany)), "{late:?}");
    let dir = tempfile::tempdir().unwrap();
    let another = play("greet", geteuid().as_raw(), dir.path(), &helper.socket());
    assert_eq!(heard(another).await, "welcome");
    drop(crowd);
    tokio::time::sleep(Duration::from_millis(300)).await;
    is_well(&helper).await;
}

#[tokio::test]
async fn who_never_reads_does_not_hold_up_the_others() {
    let mut helper = Helper::start();
    let mut deaf = Raw::greeted(&helper).await;
    deaf.frame(br#"{"call":{"id":1,"request":"subscribe"}}"#).await;
    let mut asking = helper.client().await;
    for _ in 0..2000 {
        started(&mut asking, connect(None)).await;
        let session = helper.session().await;
        session.end.send(None).unwrap();
        // A second connect is refused until the end of the first has come through.
        loop {
            let Outcome::Status { connections, .. } = asking.request(Request::Status).await.unwrap() else {
                panic!("no status")
            };
            if connections.iter().all(|one| matches!(one.state, State::Disconnected { .. })) {
                break;
            }
        }
    }
    is_well(&helper).await;
}
