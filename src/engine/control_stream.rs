//! The TCP stream of the control connection, without waiting for it.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How much may wait for a peer that does not read. The longest message has 220 bytes.
const UNSENT: usize = 16 * 1024;

/// The stream of the control connection, which never makes the loop wait.
pub(crate) struct ControlStream {
    stream: TcpStream,
    unsent: Vec<u8>,
    is_open: bool,
}

impl ControlStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, unsent: Vec::new(), is_open: true }
    }

    /// Whether the other side has not closed it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Has `bytes` to be written.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Waits until there is something to read, or to write once more.
    pub(crate) async fn ready(&self) {
        let interest =
            if self.unsent.is_empty() { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE };
        // An error shows when it is read.
        self.stream.ready(interest).await.ok();
    }

    /// What has come: so many bytes, none because it is closed, or nothing yet.
    pub(crate) fn read(&mut self, bytes: &mut [u8]) -> Option<usize> {
        match self.stream.try_read(bytes) {
            Ok(count) => {
                self.is_open = count > 0;
                Some(count)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => {
                tracing::debug!(%error, "the control connection broke");
                self.is_open = false;
                Some(0)
            }
        }
    }

    /// Writes what the kernel takes. What a broken stream does not take goes nowhere; that it is broken shows when it is
    /// read, behind what the peer said before.
    ///
    /// False where the peer leaves so much unread that the stream has been given up.
    #[must_use]
    pub(crate) fn write(&mut self) -> bool {
        let mut sent = 0;
        while let Some(rest) = self.unsent.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.try_write(rest) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => sent = self.unsent.len(),
            }
        }
        self.unsent.drain(..sent);
        let is_stuck = self.unsent.len() > UNSENT;
        if is_stuck {
            self.unsent.clear();
            self.is_open = false;
        }
        !is_stuck
    }

    /// Writes the rest, as far as that does not take long.
    pub(crate) async fn finish(&mut self) {
        let rest = async {
            while !self.unsent.is_empty() && self.stream.writable().await.is_ok() && self.write() {}
        };
        timeout(LAST_WORDS, rest).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use socket2::SockRef;
    use tokio::net::TcpListener;
    use tokio::runtime;

    use super::*;

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let _peer = listener.accept().await.unwrap();
        SockRef::from(&near).set_send_buffer_size(4096).unwrap();
        let mut stream = ControlStream::new(near);
        let written = (0..10_000).take_while(|_| {
            stream.push(&[0; 200]);
            stream.write()
        });
        let written = written.count();
        assert!((UNSENT / 200..10_000).contains(&written), "{written}");
        assert!(!stream.is_open() && stream.unsent.is_empty());
    }

    /// Resets the connection, then says the last words.
    async fn last_words_after_a_reset() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        let mut stream = ControlStream::new(near);
        SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        stream.stream.readable().await.unwrap();
        stream.push(&[0; 16]);
        assert!(stream.write());
        stream.push(&[0; 16]);
        stream.finish().await;
    }

    /// In a thread of its own: no timeout could end a loop that never waits.
    #[test]
    fn a_peer_that_resets_keeps_nobody_waiting() {
        let (ended, ends) = mpsc::channel();
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(last_words_after_a_reset());
            ended.send(()).ok();
        });
        ends.recv_timeout(Duration::from_secs(5)).expect("it ends by itself");
    }
}
