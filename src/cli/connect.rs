//! `culvert connect`.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use culvert_ipc::{Answer, Client, ClientError, Notice, Outcome, Refusal, Request};
use culvert_model::{ConnectionId, Fault, Network, Profile, Question, Secret, State, Status, Step};
use tokio::signal::ctrl_c;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use crate::Exit;
use crate::arguments::ConnectOptions;
use crate::password::{self, Source};
use crate::screen::Screen;
use crate::status::details;
use culvert_words::Word;

/// How long to wait for the end of what was cancelled.
const PATIENCE: Duration = Duration::from_secs(12);

/// Connects, and stays until it is connected or not.
pub(crate) async fn connect(
    socket: &Path,
    options: &ConnectOptions,
    profile: Profile,
    screen: &Screen,
) -> Result<Exit, ClientError> {
    warn(&profile, screen);
    let client = Client::connect(socket).await?;
    let mut interrupted = until_interrupted().await;
    let source = Source::new(options.password_stdin);
    let password = match source.first(&profile, screen, &mut interrupted).await {
        Ok(password) => password,
        Err(exit) => return Ok(exit),
    };
    let request = Request::Connect { profile: Box::new(profile.clone()), password: Some(password) };
    let way = Way { profile, source, typed: None, is_json: options.json, screen };
    way.go(client, request, interrupted).await.map(|(exit, _)| exit)
}

/// From here on Ctrl-C cancels; before, it just ends the program.
pub(crate) async fn until_interrupted() -> JoinHandle<io::Result<()>> {
    let interrupted = tokio::spawn(ctrl_c());
    // The handler stands once the task has run for the first time.
    yield_now().await;
    interrupted
}

/// What a person sees and is asked while something is being connected.
pub(crate) struct Way<'a> {
    pub(crate) profile: Profile,
    pub(crate) source: Source,
    /// The password that a person typed for it.
    pub(crate) typed: Option<Secret>,
    pub(crate) is_json: bool,
    pub(crate) screen: &'a Screen,
}

impl Way<'_> {
    /// Asks for the connection, and stays until it is there or not. Where it is, the password that a person typed last
    /// is the right one.
    pub(crate) async fn go(
        self,
        mut client: Client,
        request: Request,
        interrupted: JoinHandle<io::Result<()>>,
    ) -> Result<(Exit, Option<Secret>), ClientError> {
        let Self { profile, source, typed, is_json, screen } = self;
        let Outcome::Status { connections, .. } = client.request(Request::Subscribe).await? else {
            return Err(ClientError::Unexpected);
        };
        let connection = match client.request(request).await? {
            Outcome::Started { connection } => connection,
            Outcome::Refused(refusal) => return Ok((screen.refused(&refusal), None)),
            _ => return Err(ClientError::Unexpected),
        };
        let progress = Progress::new(screen);
        let joined = connections.into_iter().find(|status| status.connection == connection);
        let mut attempt =
            Attempt { client, connection, joined, profile, source, typed, is_json, progress, screen };
        let exit = attempt.follow(interrupted).await?;
        Ok((exit, attempt.typed))
    }
}

/// A line for everything weaker than the default.
pub(crate) fn warn(profile: &Profile, screen: &Screen) {
    for weakness in profile.weaknesses() {
        screen.say(Word::from(weakness), &[]);
    }
}

/// One connection on its way.
struct Attempt<'a> {
    client: Client,
    connection: ConnectionId,
    /// What it was like when we came, where it was on its way already: then it is not ours to end.
    joined: Option<Status>,
    profile: Profile,
    source: Source,
    typed: Option<Secret>,
    is_json: bool,
    progress: Progress<'a>,
    screen: &'a Screen,
}

impl Attempt<'_> {
    async fn follow(&mut self, mut interrupted: JoinHandle<io::Result<()>>) -> Result<Exit, ClientError> {
        let mut present = self.joined.clone();
        loop {
            let status = match present.take() {
                Some(status) => status,
                None => tokio::select! {
                    status = next(&mut self.client, self.connection) => status?,
                    _ = &mut interrupted => return self.cancel().await,
                },
            };
            self.progress.show(&status.steps);
            match &status.state {
                State::Connecting { question: Some(Question::Password { refused }), .. } => {
                    if let Some(exit) = self.ask(refused.clone()).await? {
                        return Ok(exit);
                    }
                }
                State::Connecting { .. } | State::Reconnecting { .. } | State::Disconnecting => {}
                State::Blocked { fault } => return Ok(self.failed(&status, Some(fault))),
                State::Connected { network } => return Ok(self.arrived(&status, network).await),
                State::Disconnected { last_fault } => return Ok(self.failed(&status, last_fault.as_ref())),
            }
        }
    }

    /// Asks for the password (again), or gives up where nobody can be asked.
    async fn ask(&mut self, refused: Option<Fault>) -> Result<Option<Exit>, ClientError> {
        if self.source == Source::StandardInput && refused.is_none() && self.joined.is_some() {
            // It was given with the request.
            return Ok(None);
        }
        if self.source != Source::Terminal {
            return self.give_up(refused).await.map(Some);
        }
        self.progress.stop();
        if let Some(fault) = &refused {
            self.screen.fault_of(fault, &self.profile);
            self.screen.say(Word::PasswordAgain, &[]);
        }
        match password::ask(&self.profile, self.screen).await {
            Err(exit) => {
                self.end().await?;
                Ok(Some(exit))
            }
            Ok(password) => {
                self.typed = Some(password.clone());
                self.answer(password).await
            }
        }
    }

    async fn answer(&mut self, password: Secret) -> Result<Option<Exit>, ClientError> {
        let (connection, answer) = (self.connection, Answer::Password(password));
        match self.client.request(Request::Answer { connection, answer }).await? {
            // It ended while the person typed: the next notice says why.
            Outcome::Refused(Refusal::NoQuestion | Refusal::UnknownConnection) => Ok(None),
            Outcome::Refused(refusal) => {
                let exit = self.screen.refused(&refusal);
                self.end().await?;
                Ok(Some(exit))
            }
            _ => Ok(None),
        }
    }

    async fn give_up(&mut self, refused: Option<Fault>) -> Result<Exit, ClientError> {
        let ended = self.end().await?;
        match refused {
            None => {
                self.screen.say(Word::NoPassword, &[]);
                Ok(Exit::Usage)
            }
            Some(fault) => {
                let state = State::Disconnected { last_fault: Some(fault.clone()) };
                Ok(self.failed(&Status { state, ..ended }, Some(&fault)))
            }
        }
    }

    async fn cancel(&mut self) -> Result<Exit, ClientError> {
        self.progress.stop();
        if self.joined.is_some() {
            return Ok(Exit::Cancelled);
        }
        match self.client.request(Request::Disconnect { connection: self.connection }).await? {
            // It has ended by itself meanwhile.
            Outcome::Refused(Refusal::UnknownConnection) => {}
            Outcome::Refused(refusal) => return Ok(self.screen.refused(&refusal)),
            _ => drop(ended(&mut self.client, self.connection).await?),
        }
        self.screen.say(Word::Cancelled, &[]);
        Ok(Exit::Cancelled)
    }

    /// Ends the connection and waits until it has ended.
    async fn end(&mut self) -> Result<Status, ClientError> {
        if let Some(joined) = &self.joined {
            return Ok(joined.clone());
        }
        self.client.request(Request::Disconnect { connection: self.connection }).await?;
        ended(&mut self.client, self.connection).await
    }

    async fn arrived(&mut self, status: &Status, network: &Network) -> Exit {
        let took = self.progress.arrive();
        if self.is_json {
            self.screen.json(status);
            return Exit::Done;
        }
        let words = &self.screen.words;
        let took = words.duration(took);
        self.screen.result(&words.say(Word::ConnectedAfter, &[("name", &status.name), ("time", &took)]));
        for line in details(network, words) {
            self.screen.result(&line);
        }
        self.screen.result(&words.say(Word::LowProtection, &[]));
        if self.profile.splits_names()
            && let Ok(Outcome::Status { protection, .. }) = self.client.request(Request::Status).await
            && protection.host.misses_names(&self.profile, network)
        {
            self.screen.say(Word::NamesNotSplit, &[]);
        }
        Exit::Done
    }

    fn failed(&mut self, status: &Status, fault: Option<&Fault>) -> Exit {
        self.progress.stop();
        if self.is_json {
            self.screen.json(status);
        }
        match fault {
            Some(fault) => self.screen.fault_of(fault, &self.profile),
            None => {
                self.screen.say(Word::EndedElsewhere, &[]);
                Exit::Other
            }
        }
    }
}

/// The last status of `connection`, which is about to end.
async fn ended(client: &mut Client, connection: ConnectionId) -> Result<Status, ClientError> {
    let ended = async {
        loop {
            let status = next(client, connection).await?;
            if matches!(status.state, State::Disconnected { .. }) {
                return Ok(status);
            }
        }
    };
    timeout(PATIENCE, ended).await.unwrap_or(Err(ClientError::Silent))
}

/// The next status of `connection`.
async fn next(client: &mut Client, connection: ConnectionId) -> Result<Status, ClientError> {
    loop {
        match client.notice().await? {
            Notice::Changed(status) if status.connection == connection => return Ok(*status),
            _ => {}
        }
    }
}

/// A line for each stage, with the time it took.
struct Progress<'a> {
    screen: &'a Screen,
    begun: Instant,
    finished: usize,
    last: Option<Step>,
}

impl<'a> Progress<'a> {
    fn new(screen: &'a Screen) -> Self {
        Self { screen, begun: Instant::now(), finished: 0, last: None }
    }

    fn show(&mut self, steps: &[Step]) {
        for pair in steps.windows(2).skip(self.finished) {
            if let [step, next] = pair {
                self.finish(*step, next.after_ms);
            }
        }
        self.last = steps.last().copied();
        if let Some(step) = self.last {
            self.screen.passing(&format!("  … {}", self.screen.words.stage(step.stage)));
        }
    }

    /// The last stage is done too; how long it all took.
    fn arrive(&mut self) -> Duration {
        let took = self.begun.elapsed();
        if let Some(step) = self.last.take() {
            self.finish(step, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        }
        took
    }

    /// The last stage was not finished.
    fn stop(&mut self) {
        if let Some(step) = self.last.take().filter(|_| self.screen.is_terminal()) {
            self.screen.note(&format!("  ✗ {}", self.screen.words.stage(step.stage)));
        }
    }

    fn finish(&mut self, step: Step, ended_ms: u64) {
        self.finished += 1;
        if self.screen.is_terminal() {
            let stage = self.screen.words.stage(step.stage);
            let took = ended_ms.saturating_sub(step.after_ms);
            self.screen.note(&format!("  ✓ {stage:<34}{took:>6} ms"));
        }
    }
}
