//! Frames: a length of four bytes, most significant first, then that many bytes of JSON.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// The largest body of a frame, in bytes.
pub const MAX_FRAME: usize = 64 * 1024;

const HEADER: usize = 4;

/// Why a frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side closed the connection between two frames.
    #[error("the connection was closed")]
    Closed,
    /// The other side closed the connection within a frame.
    #[error("the connection was closed within a frame")]
    Truncated,
    /// The frame is larger than [`MAX_FRAME`]; its claimed length, where there was one.
    #[error("a frame of {0} bytes is too large")]
    TooLarge(usize),
    /// The body is not JSON, or not a message. What it holds is not repeated here: it may be a secret.
    #[error("a frame was not understood (near byte {position})")]
    NotUnderstood {
        /// About where.
        position: usize,
    },
    /// The system's error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Takes frames off a stream. Every method can be cancelled without losing a byte.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    header: Vec<u8>,
    body: Zeroizing<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `stream`.
    pub fn new(stream: R) -> Self {
        Self { stream, header: Vec::with_capacity(HEADER), body: Zeroizing::default() }
    }

    /// Waits until the next frame has begun to arrive.
    ///
    /// # Errors
    /// [`FrameError::Closed`] if none will come.
    pub async fn started(&mut self) -> Result<(), FrameError> {
        if self.header.is_empty() { self.fill_header(1).await } else { Ok(()) }
    }

    /// The next message.
    ///
    /// # Errors
    /// Any [`FrameError`]; after one, the stream is of no more use.
    pub async fn read<T: DeserializeOwned>(&mut self) -> Result<T, FrameError> {
        self.started().await?;
        self.fill_header(HEADER).await?;
        let length = self.claimed_length()?;
        if self.body.capacity() < length {
            self.body = Zeroizing::new(Vec::with_capacity(length));
        }
        if !fill(&mut self.stream, &mut self.body, length).await? {
            return Err(FrameError::Truncated);
        }
        self.header.clear();
        let body = core::mem::take(&mut self.body);
        serde_json::from_slice(&body).map_err(|error| FrameError::NotUnderstood { position: error.column() })
    }

    async fn fill_header(&mut self, length: usize) -> Result<(), FrameError> {
        if fill(&mut self.stream, &mut self.header, length).await? {
            Ok(())
        } else if self.header.is_empty() {
            Err(FrameError::Closed)
        } else {
            Err(FrameError::Truncated)
        }
    }

    fn claimed_length(&self) -> Result<usize, FrameError> {
        let header = self.header.first_chunk().copied().unwrap_or_default();
        let length = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
        if length > MAX_FRAME { Err(FrameError::TooLarge(length)) } else { Ok(length) }
    }
}

/// Reads until `buffer` holds `length` bytes; false if the stream ends before.
async fn fill<R: AsyncRead + Unpin>(stream: &mut R, buffer: &mut Vec<u8>, length: usize) -> io::Result<bool> {
    while let Some(missing @ 1..) = length.checked_sub(buffer.len()) {
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        if (&mut *stream).take(missing).read_buf(buffer).await? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts frames onto a stream.
#[derive(Debug)]
pub struct FrameWriter<W> {
    stream: W,
    frame: Zeroizing<Vec<u8>>,
    sent: usize,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    /// Writes to `stream`.
    pub fn new(stream: W) -> Self {
        Self { stream, frame: Zeroizing::default(), sent: 0 }
    }

    /// Sends `message`. If this is cancelled, the rest of the frame goes out before the next one.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`] if the message does not fit in a frame: nothing was sent then. Otherwise the
    /// stream's error, after which it is of no more use.
    pub async fn write<T: Serialize + Sync>(&mut self, message: &T) -> Result<(), FrameError> {
        self.flush().await?;
        self.frame = encode(message)?;
        self.flush().await
    }

    /// Sends what a cancelled [`FrameWriter::write`] left.
    ///
    /// # Errors
    /// The stream's.
    pub async fn flush(&mut self) -> Result<(), FrameError> {
        while let Some(rest @ [_, ..]) = self.frame.get(self.sent..) {
            match self.stream.write(rest).await? {
                0 => return Err(FrameError::Io(io::ErrorKind::WriteZero.into())),
                count => self.sent = self.sent.saturating_add(count),
            }
        }
        self.frame = Zeroizing::default();
        self.sent = 0;
        Ok(self.stream.flush().await?)
    }
}

/// The whole frame of `message`, in a buffer that never moved, so that none of it is left elsewhere.
fn encode<T: Serialize>(message: &T) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    let mut frame = Zeroizing::new(Vec::with_capacity(HEADER + MAX_FRAME));
    frame.extend_from_slice(&[0; HEADER]);
    serde_json::to_writer(Bounded(&mut frame), message).map_err(|_| FrameError::TooLarge(frame.len()))?;
    let length = frame.len().saturating_sub(HEADER);
    if let (Some(header), Ok(length)) = (frame.first_chunk_mut(), u32::try_from(length)) {
        *header = length.to_be_bytes();
    }
    Ok(frame)
}

/// Refuses what would make the buffer grow.
struct Bounded<'a>(&'a mut Vec<u8>);

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0.capacity().saturating_sub(self.0.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::duplex;

    use super::*;
    use crate::{Call, Request, RequestId, ToHelper};

    fn status() -> ToHelper {
        ToHelper::Call(Call { id: RequestId(7), request: Request::Status })
    }

    /// What a reader makes of `bytes` followed by the end of the stream.
    async fn read(bytes: &[u8]) -> Result<ToHelper, FrameError> {
        FrameReader::new(bytes).read().await
    }

    fn framed(body: &[u8]) -> Vec<u8> {
        let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        frame.extend_from_slice(body);
        frame
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let (near, far) = duplex(64);
        let mut writer = FrameWriter::new(near);
        let mut reader = FrameReader::new(far);
        let write = async {
            for _ in 0..3 {
                writer.write(&status()).await.unwrap();
            }
            drop(writer);
        };
        let read = async {
            for _ in 0..3 {
                assert_eq!(reader.read::<ToHelper>().await.unwrap(), status());
            }
            assert!(matches!(reader.read::<ToHelper>().await, Err(FrameError::Closed)));
        };
        tokio::join!(write, read);
    }

    #[tokio::test]
    async fn a_claim_of_a_gigabyte_reserves_nothing() {
        let mut bytes = (1_u32 << 30).to_be_bytes().to_vec();
        bytes.extend_from_slice(b"{}");
        let mut reader = FrameReader::new(bytes.as_slice());
        let error = reader.read::<ToHelper>().await.unwrap_err();
        assert!(matches!(error, FrameError::TooLarge(length) if length == 1 << 30));
        assert_eq!(reader.body.capacity(), 0);
        assert!(matches!(read(&[0, 1, 0, 1]).await, Err(FrameError::TooLarge(65_537))));
    }

    #[tokio::test]
    async fn half_frames_and_garbage_are_named() {
        let whole = framed(br#"{"call":{"id":7,"request":"status"}}"#);
        assert_eq!(read(&whole).await.unwrap(), status());
        assert!(matches!(read(&[]).await, Err(FrameError::Closed)));
        for end in 1..whole.len() {
            assert!(matches!(read(whole.get(..end).unwrap()).await, Err(FrameError::Truncated)), "{end}");
        }
        let garbage: [&[u8]; 6] = [b"", b"\0\0\0", b"[[[[[", b"\xff\xfe", b"{\"call\":{}}", b"null"];
        for body in garbage {
            let error = read(&framed(body)).await.unwrap_err();
            assert!(matches!(error, FrameError::NotUnderstood { .. }), "{body:?}: {error}");
        }
        let deep = framed("[".repeat(MAX_FRAME).as_bytes());
        assert!(matches!(read(&deep).await, Err(FrameError::NotUnderstood { .. })));
    }

    #[tokio::test]
    async fn an_error_does_not_repeat_what_was_sent() {
        let error = read(&framed(br#"{"call":{"hunter2":1}}"#)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_at_a_time_with_cancelled_reads_in_between() {
        let (mut near, far) = duplex(1);
        let mut reader = FrameReader::new(far);
        let bytes = framed(br#"{"call":{"id":7,"request":"status"}}"#);
        let write = async {
            for byte in bytes {
                near.write_all(&[byte]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        let read = async {
            let mut cancelled = 0;
            loop {
                match tokio::time::timeout(Duration::from_millis(10), reader.read::<ToHelper>()).await {
                    Ok(message) => return (message.unwrap(), cancelled),
                    Err(_) => cancelled += 1,
                }
            }
        };
        let ((), (message, cancelled)) = tokio::join!(write, read);
        assert_eq!(message, status());
        assert!(cancelled > 40, "{cancelled}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_cancelled_frame_goes_before_the_next() {
        let (near, far) = duplex(8);
        let mut writer = FrameWriter::new(near);
        let cancelled = tokio::time::timeout(Duration::from_millis(1), writer.write(&status())).await;
        assert!(cancelled.is_err());
        let mut reader = FrameReader::new(far);
        let message = status();
        let (written, read) = tokio::join!(writer.write(&message), async {
            [reader.read::<ToHelper>().await.unwrap(), reader.read().await.unwrap()]
        });
        written.unwrap();
        assert_eq!(read, [status(), status()]);
        assert!(writer.frame.is_empty() && reader.body.is_empty());
    }

    #[tokio::test]
    async fn a_message_that_does_not_fit_is_not_begun() {
        let mut sent = Vec::new();
        let mut writer = FrameWriter::new(&mut sent);
        let error = writer.write(&"x".repeat(MAX_FRAME)).await.unwrap_err();
        assert!(matches!(error, FrameError::TooLarge(_)));
        writer.write(&"x".repeat(MAX_FRAME - 2)).await.unwrap();
        assert_eq!(sent.len(), HEADER + MAX_FRAME);
    }
}
