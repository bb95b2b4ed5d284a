//! The bytes of a control connection.

use socket2::SockRef;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The kernel's buffer for what a peer has not read yet: room for many messages, and the queue's bound.
const QUEUE: usize = 16 * 1024;
/// The most bytes taken in one go. The longest message has 220.
const CHUNK: usize = 1024;

/// Names a client, never twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientId(pub(crate) u64);

/// What a peer's TCP stream brings.
#[derive(Debug)]
pub(crate) enum FromPeer {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The end.
    Closed,
}

/// The hold on a control connection. Dropped, what was sent still arrives, then the stream is closed.
#[derive(Debug)]
pub(crate) struct Link {
    stream: OwnedWriteHalf,
    reader: AbortHandle,
}

/// The peer does not read what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stuck;

impl Link {
    /// Starts a task that reads `stream` into `inbox`, as fast as that is emptied.
    pub(crate) fn spawn(stream: TcpStream, id: ClientId, inbox: mpsc::Sender<(ClientId, FromPeer)>) -> Self {
        // Without either it works as well, only slower or with more memory.
        stream.set_nodelay(true).ok();
        SockRef::from(&stream).set_send_buffer_size(QUEUE).ok();
        let (reading, stream) = stream.into_split();
        let reader = tokio::spawn(read(reading, id, inbox)).abort_handle();
        Self { stream, reader }
    }

    /// Sends a message now: nothing that is sent later, on whatever socket, leaves before it.
    pub(crate) fn send(&self, message: &[u8]) -> Result<(), Stuck> {
        match self.stream.try_write(message) {
            Ok(length) if length == message.len() => Ok(()),
            Ok(_) | Err(_) => Err(Stuck),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut stream: OwnedReadHalf, id: ClientId, inbox: mpsc::Sender<(ClientId, FromPeer)>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let message = match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => FromPeer::Closed,
            Ok(length) => FromPeer::Bytes(chunk.get(..length).unwrap_or_default().to_vec()),
        };
        let is_over = matches!(message, FromPeer::Closed);
        if inbox.send((id, message)).await.is_err() || is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (near, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn bytes_come_and_go_until_the_link_is_dropped() {
        let (mut peer, stream) = pair().await;
        let (sender, mut inbox) = mpsc::channel(1);
        let link = Link::spawn(stream, ClientId(1), sender);
        peer.write_all(b"hello").await.unwrap();
        let (id, FromPeer::Bytes(bytes)) = inbox.recv().await.unwrap() else { panic!("closed") };
        assert_eq!((id, bytes.as_slice()), (ClientId(1), b"hello".as_slice()));
        link.send(b"last words").unwrap();
        drop(link);
        let mut heard = Vec::new();
        timeout(Duration::from_secs(5), peer.read_to_end(&mut heard)).await.unwrap().unwrap();
        assert_eq!(heard, b"last words");
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_noticed() {
        let (peer, stream) = pair().await;
        let (sender, _inbox) = mpsc::channel(1);
        SockRef::from(&peer).set_recv_buffer_size(4096).unwrap();
        let link = Link::spawn(stream, ClientId(1), sender);
        let sent = (0..100_000).take_while(|_| link.send(&[0; 200]).is_ok()).count();
        assert!(sent < 100_000);
    }
}
