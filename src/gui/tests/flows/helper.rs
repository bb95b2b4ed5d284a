//! A helper that changes nothing on this computer: whoever has the right password is connected.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use culvert_ipc::{
    Answer, Call, FrameReader, FrameWriter, FromHelper, Hello, Notice, Outcome, Reply, Request, ToHelper,
};
use culvert_model::{
    ConnectionId, Fault, FaultCode, Profile, Protection, Question, Secret, Stage, State, Status,
};
use tokio::net::UnixListener;
use tokio::net::unix::OwnedReadHalf;
use tokio::runtime;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::tests::played::network;

const CONNECTION: ConnectionId = ConnectionId(7);
const PASSWORD: &[u8] = b"correct horse";
/// Nobody answers there.
const SILENT: &str = "silent.example.com";

/// The helper, for as long as the process runs.
pub(super) struct Played;

#[derive(Default)]
struct Told {
    status: Option<Status>,
    followers: Vec<UnboundedSender<FromHelper>>,
}

impl Told {
    fn tell(&mut self, name: String, state: State) {
        let status = Status::new(CONNECTION, name, state);
        self.status = Some(status.clone());
        self.followers.retain(|follower| {
            follower.send(FromHelper::Notice(Notice::Changed(Box::new(status.clone())))).is_ok()
        });
    }

    /// The same connection in another state.
    fn change(&mut self, state: State) {
        let name = self.status.as_ref().map(|status| status.name.clone()).unwrap_or_default();
        self.tell(name, state);
    }

    fn connect(&mut self, profile: &Profile, password: Option<&Secret>) {
        let name = profile.display_name().to_owned();
        self.tell(name, State::Connecting { stage: Stage::ReachingServer, question: None });
        if profile.server.as_str() == SILENT {
            return self.change(State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpTimeout)) });
        }
        self.check(password);
    }

    fn check(&mut self, password: Option<&Secret>) {
        self.change(match password {
            Some(password) if password.expose().as_bytes() == PASSWORD => {
                State::Connected { network: network() }
            }
            wrong => {
                let refused = wrong.map(|_| Fault::new(FaultCode::AuthRejected));
                let question = Some(Question::Password { refused });
                State::Connecting { stage: Stage::CheckingPassword, question }
            }
        });
    }

    fn answer(&mut self, request: Request) -> Outcome {
        match request {
            Request::Managed => Outcome::Managed { profiles: Vec::new(), faults: Vec::new() },
            Request::Subscribe | Request::Status => Outcome::Status {
                connections: self.status.iter().cloned().collect(),
                others: Vec::new(),
                protection: Protection::default(),
            },
            Request::Connect { profile, password } => {
                self.connect(&profile, password.as_ref());
                Outcome::Started { connection: CONNECTION }
            }
            Request::Answer { answer: Answer::Password(password), .. } => {
                self.check(Some(&password));
                Outcome::Done
            }
            Request::Disconnect { .. } => {
                self.change(State::Disconnecting);
                self.change(State::Disconnected { last_fault: None });
                Outcome::Done
            }
            other => panic!("nobody asks that: {other:?}"),
        }
    }
}

impl Played {
    /// Listens there.
    pub(super) fn at(socket: &Path) -> Self {
        let listener = std::os::unix::net::UnixListener::bind(socket).expect("a socket");
        listener.set_nonblocking(true).expect("it can be asked");
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(serve(listener));
        });
        Self
    }
}

async fn serve(listener: std::os::unix::net::UnixListener) {
    let listener = UnixListener::from_std(listener).expect("a listener");
    let told = Arc::<Mutex<Told>>::default();
    while let Ok((stream, _)) = listener.accept().await {
        let (reader, writer) = stream.into_split();
        let (mut writer, told) = (FrameWriter::new(writer), told.clone());
        let (say, mut said) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = said.recv().await {
                if writer.write(&message).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(listen(FrameReader::new(reader), say, told));
    }
}

async fn listen(
    mut reader: FrameReader<OwnedReadHalf>,
    say: UnboundedSender<FromHelper>,
    told: Arc<Mutex<Told>>,
) {
    while let Ok(heard) = reader.read().await {
        let Call { id, request } = match heard {
            ToHelper::Call(call) => call,
            ToHelper::Hello(_) => {
                let _ = say.send(FromHelper::Hello(Hello::new()));
                continue;
            }
        };
        let follows = request == Request::Subscribe;
        let mut told = told.lock().expect("nobody died with it");
        let outcome = told.answer(request);
        let _ = say.send(FromHelper::Reply(Reply { id, outcome }));
        if follows {
            told.followers.push(say.clone());
        }
    }
}
