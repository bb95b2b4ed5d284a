//! The asking end.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use culvert_model::{HostReading, Protection, State};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout, timeout_at};

use crate::stream::{self, Stream};
use crate::{
    Call, FrameError, FrameReader, FrameWriter, FromHelper, Goodbye, Hello, Notice, Outcome, Phase, Refusal,
    Reply, Request, RequestId, ToHelper, VERSION,
};

/// The helper answers at once; only setting up the host's network can take it a moment.
const PATIENCE: Duration = Duration::from_secs(15);
/// A person who is asked for an administrator's password takes longer.
const PATIENCE_WITH_PERSON: Duration = Duration::from_secs(150);

/// Why the helper could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("the helper is not running")]
    NotRunning,
    /// The system, or the helper, does not let this user talk to it.
    #[error("this user may not talk to the helper")]
    NotAllowed,
    /// Who listens is neither root nor this user: nothing was sent.
    #[error("what listens belongs to user {uid}, neither root nor this user")]
    Impostor {
        /// Its user.
        uid: u32,
    },
    /// The path can't be trusted to lead to the helper: nothing was sent.
    #[error("{} can't be trusted: {why}", path.display())]
    Untrusted {
        /// The path, or what is above it.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The versions differ.
    #[error("the helper speaks version {theirs}, this program version {VERSION}")]
    OtherVersion {
        /// The helper's version.
        theirs: u32,
    },
    /// The helper hung up and said why.
    #[error("{0}")]
    Goodbye(Goodbye),
    /// The helper hung up without a word.
    #[error("the helper hung up")]
    Lost,
    /// The helper does not answer.
    #[error("the helper does not answer")]
    Silent,
    /// The helper sent something that has no place here.
    #[error("the helper sent something unexpected")]
    Unexpected,
    /// A frame could not be read or written.
    #[error(transparent)]
    Frame(FrameError),
    /// The system's error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is no way to recognise the helper on this system yet.
    #[error("the helper can't be reached on this system yet")]
    Unsupported,
}

impl From<FrameError> for ClientError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Closed | FrameError::Truncated => Self::Lost,
            FrameError::Io(error) if is_hang_up(&error) => Self::Lost,
            error => Self::Frame(error),
        }
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// A connection to the helper.
pub struct Client {
    reader: FrameReader<ReadHalf<Box<dyn Stream>>>,
    writer: FrameWriter<WriteHalf<Box<dyn Stream>>>,
    last_id: u64,
    notices: VecDeque<Notice>,
}

impl Client {
    /// Connects to the helper that listens at `path` and greets it.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] or [`ClientError::Impostor`] if that may be neither root, nor the helper's user, nor our
    /// own: nothing was sent to it then.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        Self::greet(stream::connect(path).await?).await
    }

    /// Greets a helper that is known to be at the other end of `stream`.
    ///
    /// # Errors
    /// As [`Client::connect`], but nobody's user is checked.
    pub async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self, ClientError> {
        Self::greet(Box::new(stream)).await
    }

    async fn greet(stream: Box<dyn Stream>) -> Result<Self, ClientError> {
        let (reader, writer) = tokio::io::split(stream);
        let (reader, writer) = (FrameReader::new(reader), FrameWriter::new(writer));
        let mut client = Self { reader, writer, last_id: 0, notices: VecDeque::new() };
        client.send(&ToHelper::Hello(Hello::new())).await?;
        match within(client.receive()).await? {
            FromHelper::Hello(hello) if hello.version == VERSION => {}
            FromHelper::Hello(hello) => return Err(ClientError::OtherVersion { theirs: hello.version }),
            _ => return Err(ClientError::Unexpected),
        }
        Ok(client)
    }

    /// Asks, and waits for the outcome. Notices that come before it are kept for [`Client::notice`].
    ///
    /// # Errors
    /// Any [`ClientError`]; after one, this client is of no more use.
    pub async fn request(&mut self, request: Request) -> Result<Outcome, ClientError> {
        self.last_id = self.last_id.saturating_add(1);
        let id = RequestId(self.last_id);
        self.send(&ToHelper::Call(Call { id, request })).await?;
        self.outcome(id).await
    }

    /// Asks for a [`Request::Reset`], and stays until nothing is left on the host; or says why that is refused. After
    /// [`Refusal::NotKept`] nothing is left either, but lockdown will be back at the next start.
    ///
    /// # Errors
    /// Any [`ClientError`]; after one, this client is of no more use.
    pub async fn reset(&mut self) -> Result<Result<(), Refusal>, ClientError> {
        self.request(Request::Subscribe).await?;
        let reset = match self.request(Request::Reset).await? {
            Outcome::Refused(Refusal::NotKept) => Err(Refusal::NotKept),
            Outcome::Refused(refusal) => return Ok(Err(refusal)),
            _ => Ok(()),
        };
        while !is_clear(&self.request(Request::Status).await?) {
            self.notice().await?;
        }
        Ok(reset)
    }

    /// The next notice. Can be cancelled without losing one.
    ///
    /// # Errors
    /// Any [`ClientError`]; after one, this client is of no more use.
    pub async fn notice(&mut self) -> Result<Notice, ClientError> {
        loop {
            if let Some(notice) = self.notices.pop_front() {
                return Ok(notice);
            }
            match self.receive().await? {
                FromHelper::Notice(notice) => return Ok(notice),
                FromHelper::Reply(Reply { id, .. }) | FromHelper::Asking(id) if id.0 <= self.last_id => {}
                _ => return Err(ClientError::Unexpected),
            }
        }
    }

    async fn outcome(&mut self, wanted: RequestId) -> Result<Outcome, ClientError> {
        let mut deadline = Instant::now() + PATIENCE;
        loop {
            let received = timeout_at(deadline, self.receive()).await;
            match received.unwrap_or(Err(ClientError::Silent))? {
                FromHelper::Reply(Reply { id, outcome }) if id == wanted => return Ok(outcome),
                FromHelper::Asking(id) if id == wanted => deadline = Instant::now() + PATIENCE_WITH_PERSON,
                FromHelper::Reply(Reply { id, .. }) | FromHelper::Asking(id) if id < wanted => {}
                FromHelper::Notice(notice) => self.keep(notice),
                _ => return Err(ClientError::Unexpected),
            }
        }
    }

    /// Keeps `notice`; of several counters only the newest.
    fn keep(&mut self, notice: Notice) {
        let counts = |notice: &Notice| matches!(notice, Notice::Counted { .. });
        if counts(&notice) {
            self.notices.retain(|kept| !counts(kept));
        }
        self.notices.push_back(notice);
    }

    /// Sends; if the helper hung up, it may have said why before.
    async fn send(&mut self, message: &ToHelper) -> Result<(), ClientError> {
        match within(async { Ok(self.writer.write(message).await?) }).await {
            Err(ClientError::Lost) => match within(self.receive()).await {
                Err(error) => Err(error),
                Ok(_) => Err(ClientError::Lost),
            },
            sent => sent,
        }
    }

    async fn receive(&mut self) -> Result<FromHelper, ClientError> {
        match self.reader.read().await? {
            FromHelper::Goodbye(Goodbye::NotAllowed) => Err(ClientError::NotAllowed),
            FromHelper::Goodbye(reason) => Err(ClientError::Goodbye(reason)),
            message => Ok(message),
        }
    }
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Whether nothing of the helper's is on the host, whatever an administrator's files demand.
fn is_clear(outcome: &Outcome) -> bool {
    let Outcome::Status { connections, others, protection } = outcome else { return false };
    let Protection { lockdown, host, fault, sign_in, forbids_weaker: _, is_demanded: _, is_assumed: _ } =
        protection;
    (lockdown, host, fault, sign_in) == (&false, &HostReading::default(), &None, &None)
        && connections.iter().all(|one| matches!(one.state, State::Disconnected { .. }))
        && others.iter().all(|one| one.phase == Phase::Disconnected)
}

async fn within<T>(answer: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    timeout(PATIENCE, answer).await.unwrap_or(Err(ClientError::Silent))
}

#[cfg(test)]
mod tests {
    use culvert_model::{ConnectionId, Statistics};
    use tokio::io::{DuplexStream, duplex};

    use super::*;

    /// A helper that greets, then says `frames` whatever it is asked.
    async fn helper(stream: DuplexStream, version: u32, frames: Vec<FromHelper>) {
        let (reader, writer) = tokio::io::split(stream);
        let (mut reader, mut writer) = (FrameReader::new(reader), FrameWriter::new(writer));
        let ToHelper::Hello(_) = reader.read().await.unwrap() else { panic!("no greeting") };
        writer.write(&FromHelper::Hello(Hello { version, program: "x".to_owned() })).await.unwrap();
        for frame in frames {
            writer.write(&frame).await.unwrap();
        }
        let _ = reader.read::<ToHelper>().await;
    }

    #[test]
    fn what_files_demand_is_nothing_on_the_host() {
        let clear =
            |protection| is_clear(&Outcome::Status { connections: vec![], others: vec![], protection });
        let demanded = Protection { is_demanded: true, forbids_weaker: true, ..Protection::default() };
        assert!(clear(Protection::default()) && clear(demanded.clone()));
        assert!(!clear(Protection { lockdown: true, ..demanded.clone() }));
        assert!(!clear(Protection {
            host: HostReading { routes: true, ..HostReading::default() },
            ..demanded
        }));
    }

    fn reply(id: u64, outcome: Outcome) -> FromHelper {
        FromHelper::Reply(Reply { id: RequestId(id), outcome })
    }

    fn counted(sent_packets: u64) -> Notice {
        let statistics = Statistics { sent_packets, ..Statistics::default() };
        Notice::Counted { connection: ConnectionId(1), statistics }
    }

    async fn ask(version: u32, frames: Vec<FromHelper>) -> Result<(Client, Outcome), ClientError> {
        let (near, far) = duplex(1024);
        let script = tokio::spawn(helper(far, version, frames));
        let mut client = Client::over(near).await?;
        let outcome = client.request(Request::Status).await?;
        script.await.unwrap();
        Ok((client, outcome))
    }

    #[tokio::test]
    async fn notices_before_the_reply_are_kept_and_counters_do_not_pile_up() {
        let notices = (1..=9).map(|count| FromHelper::Notice(counted(count)));
        let frames = notices.chain([reply(1, Outcome::Done)]).collect();
        let (mut client, outcome) = ask(VERSION, frames).await.unwrap();
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(client.notice().await.unwrap(), counted(9));
        assert!(matches!(client.notice().await, Err(ClientError::Lost)));
    }

    /// A helper that asks a person first, if it says so, and then answers `after` that time.
    async fn answered(after: Duration, says_so: bool) -> Result<Outcome, ClientError> {
        let (near, far) = duplex(1024);
        let script = async {
            let (reader, writer) = tokio::io::split(far);
            let (mut reader, mut writer) = (FrameReader::new(reader), FrameWriter::new(writer));
            reader.read::<ToHelper>().await.unwrap();
            writer.write(&FromHelper::Hello(Hello::new())).await.unwrap();
            reader.read::<ToHelper>().await.unwrap();
            if says_so {
                writer.write(&FromHelper::Asking(RequestId(1))).await.unwrap();
            }
            tokio::time::sleep(after).await;
            // The client may have given up.
            let _ = writer.write(&reply(1, Outcome::Done)).await;
        };
        let ask = async { Client::over(near).await?.request(Request::Status).await };
        tokio::join!(ask, script).0
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_who_is_asked_has_time_to_answer() {
        let minutes = Duration::from_secs(125);
        assert_eq!(answered(minutes, true).await.unwrap(), Outcome::Done);
        assert!(matches!(answered(minutes, false).await, Err(ClientError::Silent)));
        assert!(matches!(answered(minutes * 2, true).await, Err(ClientError::Silent)));
    }

    #[tokio::test]
    async fn another_version_is_named() {
        let error = ask(VERSION + 1, vec![]).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherVersion { theirs } if theirs == VERSION + 1));
    }

    #[tokio::test]
    async fn a_goodbye_is_told_with_its_reason() {
        let error = ask(VERSION, vec![FromHelper::Goodbye(Goodbye::TooMany)]).await.unwrap_err();
        assert!(matches!(error, ClientError::Goodbye(Goodbye::TooMany)));
        let error = ask(VERSION, vec![FromHelper::Goodbye(Goodbye::NotAllowed)]).await.unwrap_err();
        assert!(matches!(error, ClientError::NotAllowed));
    }

    #[tokio::test]
    async fn a_reply_to_what_was_never_asked_is_an_error() {
        let error = ask(VERSION, vec![reply(2, Outcome::Done)]).await.unwrap_err();
        assert!(matches!(error, ClientError::Unexpected));
    }

    #[tokio::test(start_paused = true)]
    async fn a_helper_that_says_nothing_is_given_up() {
        let (near, _far) = duplex(1024);
        assert!(matches!(Client::over(near).await, Err(ClientError::Silent)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn without_a_helper_the_error_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let error = Client::connect(&dir.path().join("none.sock")).await.unwrap_err();
        assert!(matches!(error, ClientError::NotRunning));
    }
}
