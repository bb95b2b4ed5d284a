//! One question to one name server: by UDP, and by TCP where the answer does not fit (RFC 7766).

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use culvert_model::NameServerSaid;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::{sleep, timeout};

use super::message::{Answer, Query};
use crate::host::{AnswerPath, AnswerProtocol};

/// How long one name server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// After how long a question is sent once more: it or its answer may be lost.
const AGAIN: Duration = Duration::from_millis(1500);

/// Larger answers come by TCP alone.
const LARGEST: usize = 4096;

/// Why there was no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The name server is to blame, or the way to it.
    Server(NameServerSaid),
    /// This computer would not even send the question.
    Local(io::Error),
}

/// Asks `server`, on sockets with `mark`.
pub(super) async fn ask(server: SocketAddr, mark: Option<u32>, query: &Query) -> Result<Answer, Failure> {
    let asking = async {
        match by_udp(server, mark, query).await? {
            Answer::Truncated => by_tcp(server, mark, query).await,
            answer => Ok(answer),
        }
    };
    match timeout(PATIENCE, asking).await {
        Ok(Ok(Answer::Failed(code))) => Err(Failure::Server(NameServerSaid::Failed(code))),
        Ok(Ok(Answer::Truncated)) => Err(Failure::Server(NameServerSaid::Nonsense)),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failure(error)),
        Err(_) => Err(Failure::Server(NameServerSaid::Nothing)),
    }
}

async fn by_udp(server: SocketAddr, mark: Option<u32>, query: &Query) -> io::Result<Answer> {
    // The kernel picks a random port, and lets nobody's packets but the server's through.
    let socket = socket(server, Type::DGRAM, Protocol::UDP, mark)?;
    let _path = answer_path(&socket, server, AnswerProtocol::Udp, mark).await?;
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(server).await?;
    let mut bytes = [0; LARGEST];
    loop {
        socket.send(query.bytes()).await?;
        let answered = async {
            loop {
                let len = socket.recv(&mut bytes).await?;
                if let Some(answer) = bytes.get(..len).and_then(|bytes| query.answer(bytes)) {
                    return Ok(answer);
                }
            }
        };
        tokio::select! {
            answer = answered => return answer,
            () = sleep(AGAIN) => {}
        }
    }
}

async fn by_tcp(server: SocketAddr, mark: Option<u32>, query: &Query) -> io::Result<Answer> {
    let (mut stream, _path) = connect_marked(server, mark).await?;
    let len = u16::try_from(query.bytes().len()).map_err(|_| ErrorKind::InvalidInput)?;
    stream.write_all(&[&len.to_be_bytes(), query.bytes()].concat()).await?;
    let len = stream.read_u16().await?;
    let mut bytes = vec![0; len.into()];
    stream.read_exact(&mut bytes).await?;
    query.answer(&bytes).ok_or(ErrorKind::InvalidData.into())
}

/// A stream whose packets bear `mark`, and the way in for what comes back: to be kept as long as the stream.
pub(crate) async fn connect_marked(
    server: SocketAddr,
    mark: Option<u32>,
) -> io::Result<(TcpStream, Option<AnswerPath>)> {
    let socket = socket(server, Type::STREAM, Protocol::TCP, mark)?;
    let path = answer_path(&socket, server, AnswerProtocol::Tcp, mark).await?;
    Ok((TcpSocket::from_std_stream(socket.into()).connect(server).await?, path))
}

fn socket(server: SocketAddr, kind: Type, protocol: Protocol, mark: Option<u32>) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(server), kind.nonblocking(), Some(protocol))?;
    if let Some(mark) = mark {
        socket.set_mark(mark)?;
    }
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    socket.bind(&SocketAddr::from((any, 0)).into())?;
    Ok(socket)
}

/// Lets the answers to `socket` in, where the tunnel's rules stand in the way of them: those of a socket without a mark
/// come through the tunnel.
async fn answer_path(
    socket: &Socket,
    server: SocketAddr,
    protocol: AnswerProtocol,
    mark: Option<u32>,
) -> io::Result<Option<AnswerPath>> {
    if mark.is_none() {
        return Ok(None);
    }
    let local = socket.local_addr()?.as_socket().ok_or(ErrorKind::AddrNotAvailable)?;
    let path = AnswerPath::open(server, local.port(), protocol).await;
    Ok(path.unwrap_or_else(|error| {
        // Where the kernel does not check, it works without.
        tracing::debug!(%error, "nothing is done for a name server's answers");
        None
    }))
}

fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => Failure::Server(NameServerSaid::Unreachable),
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Failure::Server(NameServerSaid::Nonsense),
        ErrorKind::TimedOut => Failure::Server(NameServerSaid::Nothing),
        _ => Failure::Local(error),
    }
}
