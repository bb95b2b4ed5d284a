//! One program's conversation.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use culvert_ipc::{
    Call, Denial, FrameError, FrameReader, FrameWriter, FromHelper, Goodbye, Hello, Notice, Outcome, Refusal,
    Reply, Request, RequestId, ToHelper, VERSION,
};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::serve::Door;
use super::view::View;
use crate::Peer;
use crate::authority::Action;
use crate::run::{Answered, Asked};

/// How long a program may take for its greeting, and for a frame once that has begun.
const FRAME_PATIENCE: Duration = Duration::from_secs(5);
/// How long a program may leave a frame to it unread.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last frame to a program may take.
const GOODBYE_PATIENCE: Duration = Duration::from_millis(200);

/// Talks with the program behind `stream` until one of the two hangs up.
pub(super) async fn attend(stream: UnixStream, peer: Peer, door: Arc<Door>, closing: watch::Receiver<bool>) {
    let (reader, writer) = stream.into_split();
    let (reader, writer) = (FrameReader::new(reader), FrameWriter::new(writer));
    let view = View::new(&peer, &door.authority, door.owners.clone());
    let mut client = Client { reader, writer, peer, view, door, closing, notices: None };
    if let Err(End::Goodbye(reason)) = client.converse().await {
        tracing::debug!(uid = client.peer.uid, %reason, "hung up");
        let _ = timeout(GOODBYE_PATIENCE, client.writer.write(&FromHelper::Goodbye(reason))).await;
    }
}

/// Ready once `closing` is true, or nobody is left to say so.
pub(super) async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Why a conversation ends.
enum End {
    /// The program is gone, or does not read: there is nobody to say anything to.
    Gone,
    /// We hang up, and say why.
    Goodbye(Goodbye),
}

impl From<FrameError> for End {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge(_) => Self::Goodbye(Goodbye::TooLarge),
            FrameError::NotUnderstood { .. } => Self::Goodbye(Goodbye::NotUnderstood),
            FrameError::Closed | FrameError::Truncated | FrameError::Io(_) => Self::Gone,
        }
    }
}

/// One program.
struct Client {
    reader: FrameReader<OwnedReadHalf>,
    writer: FrameWriter<OwnedWriteHalf>,
    peer: Peer,
    view: View,
    door: Arc<Door>,
    closing: watch::Receiver<bool>,
    notices: Option<broadcast::Receiver<Notice>>,
}

impl Client {
    async fn converse(&mut self) -> Result<(), End> {
        self.greet().await?;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return self.part().await,
                started = self.reader.started() => {
                    started?;
                    self.answer().await?;
                }
                notice = next(&mut self.notices) => self.tell(notice, WRITE_PATIENCE).await?,
            }
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        let ToHelper::Hello(hello) = self.read().await? else {
            return Err(End::Goodbye(Goodbye::NotUnderstood));
        };
        self.write(&FromHelper::Hello(Hello::new())).await?;
        if hello.version == VERSION { Ok(()) } else { Err(End::Goodbye(Goodbye::OtherVersion)) }
    }

    async fn answer(&mut self) -> Result<(), End> {
        let ToHelper::Call(Call { id, request }) = self.read().await? else {
            return Err(End::Goodbye(Goodbye::NotUnderstood));
        };
        self.keep_pace().await;
        let outcome = match self.permit(id, &request).await? {
            Ok(()) => self.ask(request).await,
            Err(refusal) => Outcome::Refused(refusal),
        };
        let outcome = self.view.outcome(outcome);
        self.write(&FromHelper::Reply(Reply { id, outcome })).await
    }

    /// Lets who asks too often wait.
    async fn keep_pace(&self) {
        if self.door.authority.is_trusted(self.peer.uid) {
            return;
        }
        while let Err(wait) = self.door.requests.take(self.peer.uid, Instant::now()) {
            sleep(wait).await;
        }
    }

    /// Whether the peer may ask for that, before anybody acts on it.
    async fn permit(&mut self, id: RequestId, request: &Request) -> Result<Result<(), Refusal>, End> {
        let needed = match self.view.needed(request) {
            Ok(needed) => needed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for action in needed {
            if let Err(denial) = self.leave_for(id, action).await? {
                return Ok(Err(Refusal::NotPermitted(of_action(action, denial))));
            }
        }
        Ok(Ok(()))
    }

    /// Whether the peer may take `action`. If it hangs up meanwhile nobody needs to know any more.
    async fn leave_for(&mut self, id: RequestId, action: Action) -> Result<Result<(), Denial>, End> {
        let (asking, mut asked) = oneshot::channel();
        let mut verdict = pin!(self.door.authority.may(&self.peer, action, asking));
        let (mut is_asking, mut is_waiting) = (false, false);
        loop {
            tokio::select! {
                biased;
                verdict = &mut verdict => {
                    let uid = self.peer.uid;
                    return Ok(verdict.map_err(|denial| {
                        if self.door.complaints.take(uid, Instant::now()).is_ok() {
                            tracing::info!(uid, action = action.id(), %denial, "refused");
                        }
                        denial
                    }));
                }
                () = closed(&mut self.closing) => return Err(End::Goodbye(Goodbye::ShuttingDown)),
                told = &mut asked, if !is_asking => {
                    is_asking = true;
                    if told.is_ok() {
                        write(&mut self.writer, &FromHelper::Asking(id), WRITE_PATIENCE).await?;
                    }
                }
                started = self.reader.started(), if !is_waiting => {
                    started?;
                    is_waiting = true;
                }
            }
        }
    }

    /// Hands a request that is allowed to the loop.
    async fn ask(&mut self, request: Request) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let asked = self.door.calls.send(Asked { peer: self.peer.clone(), request, answer }).await;
        let answered = match asked {
            Ok(()) => answered.await.ok(),
            Err(_) => None,
        };
        let Some(Answered { outcome, notices }) = answered else {
            return Outcome::Refused(Refusal::ShuttingDown);
        };
        if notices.is_some() {
            self.notices = notices;
        }
        outcome
    }

    async fn tell(&mut self, notice: Notice, patience: Duration) -> Result<(), End> {
        match self.view.notice(notice) {
            Some(notice) => write(&mut self.writer, &FromHelper::Notice(notice), patience).await,
            None => Ok(()),
        }
    }

    /// Tells what is left to tell.
    async fn part(&mut self) -> Result<(), End> {
        while let Some(notices) = &mut self.notices {
            match notices.try_recv() {
                Ok(notice) => self.tell(notice, GOODBYE_PATIENCE).await?,
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Err(End::Goodbye(Goodbye::ShuttingDown))
    }

    async fn read(&mut self) -> Result<ToHelper, End> {
        match timeout(FRAME_PATIENCE, self.reader.read()).await {
            Ok(message) => Ok(message?),
            Err(_) => Err(End::Goodbye(Goodbye::TooSlow)),
        }
    }

    async fn write(&mut self, message: &FromHelper) -> Result<(), End> {
        write(&mut self.writer, message, WRITE_PATIENCE).await
    }
}

async fn write(
    writer: &mut FrameWriter<OwnedWriteHalf>,
    message: &FromHelper,
    patience: Duration,
) -> Result<(), End> {
    match timeout(patience, writer.write(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

/// The next notice; never one before there is a subscription. Who lagged behind goes on with the oldest that is
/// left: the last is always among them.
async fn next(notices: &mut Option<broadcast::Receiver<Notice>>) -> Notice {
    if let Some(notices) = notices {
        loop {
            match notices.recv().await {
                Ok(notice) => return notice,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
    }
    std::future::pending().await
}

/// Who may connect, but not with less protection, is told what to leave out.
fn of_action(action: Action, denial: Denial) -> Denial {
    match denial {
        Denial::Administrator | Denial::Remote { .. } | Denial::Forbidden | Denial::NoAuthority { .. }
            if action == Action::Weaken =>
        {
            Denial::Weaker
        }
        denial => denial,
    }
}
