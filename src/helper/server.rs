//! Talks to the programs that ask: greets them, holds them to limits, cuts off who breaks a rule.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use culvert_ipc::{
    Call, FrameError, FrameReader, FrameWriter, FromHelper, Goodbye, Hello, Notice, Outcome, Refusal, Reply,
    ToHelper, VERSION,
};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::run::{Answered, Asked};
use crate::{Access, Listener, Peer};

/// How long a program may take for its greeting, and for a frame once that has begun.
const FRAME_PATIENCE: Duration = Duration::from_secs(5);
/// How long a program may leave a frame to it unread.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last frame to a program may take.
const GOODBYE_PATIENCE: Duration = Duration::from_millis(200);
/// Connections of one process: a program that runs wild leaves room for the others.
const MOST_PER_PROCESS: usize = 8;
/// Connections of all processes.
const MOST: usize = 128;

/// Serves whoever `access` admits until `closing` turns true, then says goodbye to all.
pub(crate) async fn serve(
    listener: Listener,
    access: Access,
    calls: mpsc::Sender<Asked>,
    mut closing: watch::Receiver<bool>,
) {
    let (mut clients, seats) = (JoinSet::new(), Seats::default());
    loop {
        tokio::select! {
            () = closed(&mut closing) => break,
            Some(_) = clients.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match admit(access, peer, &seats) {
                    Ok(seat) => {
                        let (calls, closing) = (calls.clone(), closing.clone());
                        clients.spawn(attend(stream, seat, calls, closing));
                    }
                    Err(reason) => refuse(stream, peer, reason).await,
                },
                Err(error) => {
                    tracing::warn!(%error, "a program could not be let in");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    while clients.join_next().await.is_some() {}
}

fn admit(access: Access, peer: Peer, seats: &Seats) -> Result<Seat, Goodbye> {
    access.admit(peer)?;
    seats.take(peer).ok_or(Goodbye::TooMany)
}

/// Says why and hangs up, without reading a byte.
async fn refuse(stream: UnixStream, peer: Peer, reason: Goodbye) {
    tracing::warn!(uid = peer.uid, %reason, "turned away");
    let goodbye = FromHelper::Goodbye(reason);
    let _ = timeout(GOODBYE_PATIENCE, FrameWriter::new(stream).write(&goodbye)).await;
}

/// Who holds the connections that are open.
#[derive(Clone, Debug, Default)]
struct Seats(Arc<Mutex<Vec<Peer>>>);

impl Seats {
    /// A place for one more connection of `peer`, unless there are too many.
    fn take(&self, peer: Peer) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.iter().filter(|one| **one == peer).count();
        if taken.len() >= MOST || own >= MOST_PER_PROCESS {
            return None;
        }
        taken.push(peer);
        Some(Seat { seats: self.clone(), peer })
    }
}

/// Free again when it is dropped.
#[derive(Debug)]
struct Seat {
    seats: Seats,
    peer: Peer,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = taken.iter().position(|one| *one == self.peer) {
            taken.swap_remove(index);
        }
    }
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

async fn attend(stream: UnixStream, seat: Seat, calls: mpsc::Sender<Asked>, closing: watch::Receiver<bool>) {
    let (reader, writer) = stream.into_split();
    let (reader, writer) = (FrameReader::new(reader), FrameWriter::new(writer));
    let mut client = Client { reader, writer, calls, notices: None };
    if let Err(End::Goodbye(reason)) = client.converse(closing).await {
        tracing::debug!(uid = seat.peer.uid, %reason, "hung up");
        let _ = timeout(GOODBYE_PATIENCE, client.writer.write(&FromHelper::Goodbye(reason))).await;
    }
}

/// One program.
struct Client {
    reader: FrameReader<OwnedReadHalf>,
    writer: FrameWriter<OwnedWriteHalf>,
    calls: mpsc::Sender<Asked>,
    notices: Option<broadcast::Receiver<Notice>>,
}

impl Client {
    async fn converse(&mut self, mut closing: watch::Receiver<bool>) -> Result<(), End> {
        self.greet().await?;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut closing) => return self.part().await,
                started = self.reader.started() => {
                    started?;
                    self.answer().await?;
                }
                notice = next(&mut self.notices) => self.write(&FromHelper::Notice(notice)).await?,
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
        let (answer, answered) = oneshot::channel();
        let asked = self.calls.send(Asked { request, answer }).await;
        let refused = Outcome::Refused(Refusal::ShuttingDown);
        let Answered { outcome, notices } = match asked {
            Ok(()) => answered.await.unwrap_or(Answered { outcome: refused, notices: None }),
            Err(_) => Answered { outcome: refused, notices: None },
        };
        if notices.is_some() {
            self.notices = notices;
        }
        self.write(&FromHelper::Reply(Reply { id, outcome })).await
    }

    /// Tells what is left to tell.
    async fn part(&mut self) -> Result<(), End> {
        while let Some(notices) = &mut self.notices {
            match notices.try_recv() {
                Ok(notice) => self.write_within(&FromHelper::Notice(notice), GOODBYE_PATIENCE).await?,
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
        self.write_within(message, WRITE_PATIENCE).await
    }

    async fn write_within(&mut self, message: &FromHelper, patience: Duration) -> Result<(), End> {
        match timeout(patience, self.writer.write(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// Ready once `closing` is true, or nobody is left to say so.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
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
