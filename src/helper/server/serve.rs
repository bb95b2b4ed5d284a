//! The door.

use std::sync::Arc;
use std::time::Duration;

use culvert_ipc::{FrameWriter, FromHelper, Goodbye};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::client::{attend, closed};
use super::seats::{Seat, Seats};
use crate::Listener;
use crate::authority::{Authority, Owners, Peer};
use crate::pace::Pace;
use crate::run::Asked;

/// Serves whoever `authority` admits until `closing` turns true, then says goodbye to all.
pub(crate) async fn serve(
    listener: Listener,
    authority: Authority,
    owners: Owners,
    calls: mpsc::Sender<Asked>,
    mut closing: watch::Receiver<bool>,
) {
    let (door, mut clients) = (Arc::new(Door::new(authority, owners, calls)), JoinSet::new());
    loop {
        tokio::select! {
            () = closed(&mut closing) => break,
            Some(_) = clients.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    if let Some((stream, peer, seat)) = door.admit(stream).await {
                        let (door, closing) = (door.clone(), closing.clone());
                        clients.spawn(async move {
                            attend(stream, peer, door, closing).await;
                            drop(seat);
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a program could not be let in");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    while clients.join_next().await.is_some() {}
}

/// What everybody who comes is asked, and who is let in is served with.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) authority: Authority,
    pub(super) owners: Owners,
    pub(super) calls: mpsc::Sender<Asked>,
    pub(super) requests: Pace,
    connections: Pace,
    pub(super) complaints: Pace,
    seats: Seats,
}

impl Door {
    fn new(authority: Authority, owners: Owners, calls: mpsc::Sender<Asked>) -> Self {
        Self {
            authority,
            owners,
            calls,
            requests: Pace::new(400, 100),
            connections: Pace::new(200, 100),
            complaints: Pace::new(5, 1),
            seats: Seats::default(),
        }
    }

    /// Who is behind `stream`, and its seat; nothing if it was turned away.
    async fn admit(&self, stream: UnixStream) -> Option<(UnixStream, Peer, Seat)> {
        let uid = stream.peer_cred().ok()?.uid();
        // Who comes too often is not worth another system call.
        if !self.authority.is_trusted(uid) && self.connections.take(uid, Instant::now()).is_err() {
            return None;
        }
        let peer = Peer::of(&stream).ok()?;
        match self.seat(&peer) {
            Ok(seat) => Some((stream, peer, seat)),
            Err(reason) => {
                self.refuse(stream, &peer, reason).await;
                None
            }
        }
    }

    fn seat(&self, peer: &Peer) -> Result<Seat, Goodbye> {
        self.authority.admit(peer)?;
        self.seats.take(peer).ok_or(Goodbye::TooMany)
    }

    /// Says why and hangs up, without reading a byte or waiting for anything.
    async fn refuse(&self, stream: UnixStream, peer: &Peer, reason: Goodbye) {
        if self.complaints.take(peer.uid, Instant::now()).is_ok() {
            tracing::warn!(uid = peer.uid, %reason, "turned away");
        }
        let goodbye = FromHelper::Goodbye(reason);
        let _ = timeout(Duration::ZERO, FrameWriter::new(stream).write(&goodbye)).await;
    }
}
