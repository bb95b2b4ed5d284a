//! Data through the tunnel over TCP, with a checksum.
//!
//! The client says which way in one octet. Then the sender sends blocks for a while, each behind its length, and
//! at the end a length of zero with the checksum of it all; the receiver answers with the checksum of what came.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The server's TCP port inside the tunnel for it.
pub const PORT: u16 = 5001;

/// How long data is sent each way.
const SPAN: Duration = Duration::from_secs(1);
/// How long one way may take with everything about it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Octets in a block.
const BLOCK: usize = 128 * 1024;

/// Which way the data goes, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the server.
    Up,
    /// From the server.
    Down,
}

/// What was moved.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// Octets.
    pub bytes: u64,
    /// From the first octet to the last.
    pub time: Duration,
}

impl Moved {
    /// Megabits a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn mbit(&self) -> f64 {
        self.bytes as f64 * 8.0 / 1e6 / self.time.as_secs_f64()
    }
}

/// Moves data for a second and compares the checksums of both ends.
pub async fn run(server: Ipv4Addr, direction: Direction) -> anyhow::Result<Moved> {
    match timeout(PATIENCE, move_data(server, direction)).await {
        Ok(moved) => moved,
        Err(_) => bail!("the data got stuck in the tunnel"),
    }
}

async fn move_data(server: Ipv4Addr, direction: Direction) -> anyhow::Result<Moved> {
    let mut stream = TcpStream::connect((server, PORT)).await.context("connecting TCP through the tunnel")?;
    stream.write_u8(direction.octet()).await?;
    let begun = Instant::now();
    let (bytes, ours, theirs) = match direction {
        Direction::Up => send(&mut stream, SPAN).await?,
        Direction::Down => receive(&mut stream).await?,
    };
    let time = begun.elapsed();
    ensure!(ours == theirs, "data came through the tunnel changed: checksum {theirs:016x}, not {ours:016x}");
    Ok(Moved { bytes, time })
}

/// Serves every client that comes.
pub async fn serve(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let served = match stream.read_u8().await {
            Ok(octet) if octet == Direction::Up.octet() => receive(&mut stream).await,
            _ => send(&mut stream, SPAN).await,
        };
        // The client sees what went wrong.
        drop(served);
    }
}

impl Direction {
    const fn octet(self) -> u8 {
        match self {
            Self::Up => b'u',
            Self::Down => b'd',
        }
    }
}

/// Sends blocks for `span`; how many octets, their checksum, and the one that the other end found.
async fn send(stream: &mut TcpStream, span: Duration) -> anyhow::Result<(u64, u64, u64)> {
    let (mut block, mut sum, mut bytes) = (pattern(), Checksum::new(), 0);
    let (begun, mut number) = (Instant::now(), 0_u64);
    while begun.elapsed() < span {
        // No two blocks are the same, so that none can be missing or come twice.
        number += 1;
        block.get_mut(..8).context("a block is longer")?.copy_from_slice(&number.to_be_bytes());
        sum.add(&block);
        bytes += u64::try_from(block.len())?;
        stream.write_u32(u32::try_from(block.len())?).await?;
        stream.write_all(&block).await?;
    }
    stream.write_u32(0).await?;
    stream.write_u64(sum.0).await?;
    let theirs = stream.read_u64().await.context("waiting for the other end's checksum")?;
    Ok((bytes, sum.0, theirs))
}

/// Receives blocks; how many octets, their checksum, and the one that the other end told.
async fn receive(stream: &mut TcpStream) -> anyhow::Result<(u64, u64, u64)> {
    let (reading, mut writing) = stream.split();
    let mut reading = BufReader::with_capacity(BLOCK, reading);
    let (mut block, mut sum, mut bytes) = (vec![0; BLOCK], Checksum::new(), 0);
    loop {
        let length = usize::try_from(reading.read_u32().await.context("waiting for data")?)?;
        if length == 0 {
            break;
        }
        let block = block.get_mut(..length).context("a block that is too long")?;
        reading.read_exact(block).await.context("waiting for data")?;
        sum.add(block);
        bytes += u64::try_from(length)?;
    }
    let theirs = reading.read_u64().await?;
    writing.write_u64(sum.0).await?;
    Ok((bytes, sum.0, theirs))
}

/// A block of octets that look random.
fn pattern() -> Vec<u8> {
    let next =
        |state: &u64| Some(state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f));
    let words = std::iter::successors(Some(1723_u64), next);
    words.flat_map(|word| word.to_be_bytes()).take(BLOCK).collect()
}

/// FNV-1a over words of 64 bits: it sees what is changed, missing or in the wrong place, and takes little time
/// from what is being measured.
struct Checksum(u64);

impl Checksum {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        // A block's length is a multiple of eight.
        for chunk in bytes.as_chunks().0 {
            self.0 = (self.0 ^ u64::from_le_bytes(*chunk)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(bytes: &[u8]) -> u64 {
        let mut sum = Checksum::new();
        sum.add(bytes);
        sum.0
    }

    #[test]
    fn the_checksum_sees_every_kind_of_damage() {
        let block = pattern();
        assert_eq!(block.len(), BLOCK);
        let whole = sum(&block);
        let mut changed = block.clone();
        changed[BLOCK - 1] ^= 1;
        assert_ne!(sum(&changed), whole);
        changed.copy_from_slice(&block);
        changed.swap(8, 16);
        assert_ne!(sum(&changed), whole);
        assert_ne!(sum(&block[8..]), whole);
    }

    #[tokio::test]
    async fn both_ends_agree_on_what_was_moved() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sender = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            send(&mut stream, Duration::from_millis(20)).await.unwrap()
        });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let received = receive(&mut stream).await.unwrap();
        assert_eq!(received, sender.await.unwrap());
        let (bytes, ours, theirs) = received;
        assert!(bytes > 0 && ours == theirs);
    }
}
