//! What the helper does to the world, as a list short enough to be played by a test.

use culvert_model::{ConnectionId, Fault, Instant, Profile, Secret};
use culvert_policy::{Fact, HostPlan};
use tokio::sync::mpsc;

/// What a running session is told.
#[derive(Debug)]
pub enum SessionCommand {
    /// The password it asked for.
    Answer(Secret),
    /// End in good order.
    Stop,
}

/// Where a running session tells what happens to it.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    connection: ConnectionId,
    facts: mpsc::Sender<(ConnectionId, Fact)>,
}

impl SessionFacts {
    pub(crate) fn new(connection: ConnectionId, facts: mpsc::Sender<(ConnectionId, Fact)>) -> Self {
        Self { connection, facts }
    }

    /// Tells `fact`; waits while the helper is busy with earlier ones.
    pub async fn tell(&self, fact: Fact) {
        // Nobody listens any more only when the helper has ended.
        let _ = self.facts.send((self.connection, fact)).await;
    }
}

/// Everything that decisions can lead to.
pub trait Effects: Send + Sync + 'static {
    /// Runs one session to its end and says why it ended, if not by request. Its facts are any but
    /// `SessionEnded`. A closed `commands` means the same as [`SessionCommand::Stop`]; dropping the future ends
    /// the session at once and leaves no device behind.
    fn session(
        &self,
        profile: Box<Profile>,
        password: Option<Secret>,
        facts: SessionFacts,
        commands: mpsc::Receiver<SessionCommand>,
    ) -> impl Future<Output = Option<Fault>> + Send + 'static;

    /// Brings the host into the state of `plan` and reads it back.
    fn apply(&self, plan: &HostPlan) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Takes everything of `plan` off the host again. What is not there is no error.
    fn undo(&self, plan: &HostPlan) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Now, on the clock that the times of stages are told by.
    fn now(&self) -> Instant;
}
