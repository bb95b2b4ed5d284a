//! Linux: `recvmmsg` and `sendmmsg` on a raw socket.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::time::Duration;

use culvert_proto::Packet;
use culvert_proto::session::Rejection;
use nix::errno::Errno;
use nix::libc::{SO_EE_ORIGIN_ICMP, sock_extended_err, sockaddr_in};
use nix::sys::socket::sockopt::Ipv4RecvErr;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, recvmsg, sendmmsg, setsockopt,
};
use rustix::net::sockopt::{self, Ipv4PathMtuDiscovery};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, timeout_at};

use super::BATCH;

/// GRE's number among the IP protocols.
const GRE: i32 = 47;

/// The kernel's buffers, each way: an overrun loses packets in rows, and MPPE's counts with them.
const BUFFER: usize = 4 << 20;

/// How long a full send buffer may hold up the packets of one call; what then still waits is lost, as on any
/// congested link.
const SEND_PATIENCE: Duration = Duration::from_millis(100);

/// How long to wait for room where the kernel wakes nobody.
const NAP: Duration = Duration::from_millis(1);

/// How much of what an ICMP error quotes is of interest: a GRE header with its numbers.
const QUOTED: usize = 16;

/// A raw socket that sends and receives GRE packets of IPv4.
///
/// What it receives begins with the IPv4 header, what it sends with the GRE header. Outer packets may be
/// fragmented on the way: a lost "fragmentation needed" then costs speed and not the connection.
#[derive(Debug)]
pub struct GreSocket {
    /// A raw socket in the clothes of a UDP socket: tokio waits for either in the same way.
    socket: UdpSocket,
}

impl GreSocket {
    /// A client's socket: to and from `server` alone, its packets marked with `mark`.
    ///
    /// # Errors
    /// `PermissionDenied` without the capabilities `NET_RAW` and, for the mark, `NET_ADMIN`.
    pub fn connect(server: Ipv4Addr, mark: Option<u32>) -> io::Result<Self> {
        let socket = open(mark)?;
        setsockopt(&socket, Ipv4RecvErr, &true)?;
        socket.connect(&SocketAddr::from((server, 0)).into())?;
        Ok(Self { socket: UdpSocket::from_std(socket.into())? })
    }

    /// A server's socket: to and from anybody, at the local `address` or at all of them.
    ///
    /// # Errors
    /// As for [`GreSocket::connect`].
    pub fn listen(address: Ipv4Addr, mark: Option<u32>) -> io::Result<Self> {
        let socket = open(mark)?;
        socket.bind(&SocketAddr::from((address, 0)).into())?;
        Ok(Self { socket: UdpSocket::from_std(socket.into())? })
    }

    /// Waits for packets and fills up to [`BATCH`] of `packets` with them, from the first on; how many it were.
    /// One that did not fit into its storage is left empty.
    ///
    /// It may return 0: errors that tell of the network, such as those that ICMP messages cause, are no reason
    /// to give up.
    ///
    /// # Errors
    /// Those that will not pass.
    pub async fn receive(&self, packets: &mut [Packet]) -> io::Result<usize> {
        let result = self.socket.async_io(Interest::READABLE, || receive(&self.socket, packets)).await;
        or_passing(result)
    }

    /// The same without waiting: 0 where nothing is there.
    ///
    /// # Errors
    /// Those that will not pass.
    pub fn try_receive(&self, packets: &mut [Packet]) -> io::Result<usize> {
        // Asks the kernel itself: what tokio knows may be older than what else the caller has just read.
        match receive(&self.socket, packets) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            result => or_passing(result),
        }
    }

    /// Waits for an ICMP error that answers a packet of a client's socket.
    ///
    /// The kernel has compared the quoted header with the socket: GRE, from here, to the server. Whether the packet
    /// was really sent is for the session to tell.
    ///
    /// # Errors
    /// Those that will not pass.
    pub async fn rejected(&self) -> io::Result<Rejection> {
        self.socket.async_io(Interest::ERROR, || rejected(&self.socket)).await
    }

    /// Sends those of `packets` that are not empty to the server; how many the kernel took. What it does not
    /// take is dropped.
    pub async fn send(&self, packets: &[Packet]) -> usize {
        self.send_all(packets, None).await
    }

    /// Sends those of `packets` that are not empty to `to`; how many the kernel took.
    pub async fn send_to(&self, packets: &[Packet], to: Ipv4Addr) -> usize {
        self.send_all(packets, Some(SockaddrIn::from(SocketAddrV4::new(to, 0)))).await
    }

    /// The MTU of the way to the server, as far as the kernel knows.
    pub fn path_mtu(&self) -> Option<u16> {
        sockopt::ip_mtu(&self.socket).ok().and_then(|mtu| u16::try_from(mtu).ok())
    }

    async fn send_all(&self, packets: &[Packet], to: Option<SockaddrIn>) -> usize {
        let (mut rest, mut sent, mut again) = (packets, 0, true);
        let mut patience = None;
        while !rest.is_empty() {
            match self.socket.try_io(Interest::WRITABLE, || send(&self.socket, rest, to)) {
                Ok(batch) => {
                    sent += batch.sent;
                    rest = rest.get(batch.passed..).unwrap_or_default();
                    (again, patience) = (true, None);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let until = *patience.get_or_insert_with(|| Instant::now() + SEND_PATIENCE);
                    if timeout_at(until, self.room()).await.is_err() {
                        tracing::debug!(dropped = rest.len(), "the send buffer stays full");
                        break;
                    }
                }
                // The error may be an earlier packet's, told late: only a second one in a row is this packet's.
                Err(_) if again => again = false,
                Err(error) => {
                    tracing::debug!(%error, "a GRE packet was not sent");
                    rest = rest.get(first_full(rest) + 1..).unwrap_or_default();
                    again = true;
                }
            }
        }
        sent
    }

    /// Waits until there may be room to send.
    async fn room(&self) {
        // Once an error was there, tokio takes the socket for closed, and that never waits.
        if self.socket.ready(Interest::WRITABLE).await.is_ok_and(|ready| ready.is_write_closed()) {
            sleep(NAP).await;
        }
    }
}

fn open(mark: Option<u32>) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(GRE)))?;
    socket.set_nonblocking(true)?;
    if let Some(mark) = mark {
        socket.set_mark(mark)?;
    }
    sockopt::set_ip_mtu_discover(&socket, Ipv4PathMtuDiscovery::DONT)?;
    // Beyond the system's limit with the capability for it, else up to the limit.
    if sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER).is_err() {
        socket.set_recv_buffer_size(BUFFER)?;
    }
    if sockopt::set_socket_send_buffer_size_force(&socket, BUFFER).is_err() {
        socket.set_send_buffer_size(BUFFER)?;
    }
    Ok(socket)
}

/// An error that an ICMP message has left behind is told once, and hides the packets that wait.
fn receive(socket: &UdpSocket, packets: &mut [Packet]) -> io::Result<usize> {
    match receive_once(socket, packets) {
        Err(error) if is_passing(&error) => {
            tracing::trace!(%error, "the network said on the GRE socket");
            receive_once(socket, packets)
        }
        result => result,
    }
}

fn receive_once(socket: &UdpSocket, packets: &mut [Packet]) -> io::Result<usize> {
    let count = packets.len().min(BATCH);
    let mut lengths = [None; BATCH];
    let received = {
        let mut buffers = packets.iter_mut().map(Packet::storage_mut);
        let mut slices: [_; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().unwrap_or_default())]);
        let mut headers = MultiHeaders::<()>::preallocate(count, None);
        let flags = MsgFlags::MSG_DONTWAIT;
        let messages = recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None)?;
        let mut received = 0;
        for (length, message) in lengths.iter_mut().zip(messages) {
            let whole = !message.flags.contains(MsgFlags::MSG_TRUNC);
            *length = whole.then_some(message.bytes);
            received += 1;
        }
        received
    };
    for (packet, length) in packets.iter_mut().zip(&lengths[..received]) {
        packet.set_range(0..length.unwrap_or(0));
    }
    Ok(received)
}

/// What one call did.
struct Sent {
    /// Packets that the kernel took.
    sent: usize,
    /// Packets that are dealt with: those, and the empty ones before and between them.
    passed: usize,
}

fn send(socket: &UdpSocket, packets: &[Packet], to: Option<SockaddrIn>) -> io::Result<Sent> {
    let full = packets.iter().filter(|packet| !packet.is_empty()).count().min(BATCH);
    if full == 0 {
        return Ok(Sent { sent: 0, passed: packets.len() });
    }
    let mut payloads = packets.iter().map(Packet::payload).filter(|payload| !payload.is_empty());
    let slices: [_; BATCH] = std::array::from_fn(|_| [IoSlice::new(payloads.next().unwrap_or_default())]);
    let addresses = [to; BATCH];
    let mut headers = MultiHeaders::<SockaddrIn>::preallocate(full, None);
    let flags = MsgFlags::MSG_DONTWAIT;
    let results = sendmmsg(socket.as_raw_fd(), &mut headers, slices.iter(), addresses, [], flags)?;
    let sent = results.count();
    Ok(Sent { sent, passed: nth_full(packets, sent) })
}

/// The index of the first packet that is not empty.
fn first_full(packets: &[Packet]) -> usize {
    nth_full(packets, 0)
}

/// The index of the packet that is not empty and has `count` such before it; the length if there is none.
fn nth_full(packets: &[Packet], count: usize) -> usize {
    let mut full = packets.iter().enumerate().filter(|(_, packet)| !packet.is_empty());
    full.nth(count).map_or(packets.len(), |(index, _)| index)
}

/// Errors that tell of the network and not of the socket count as "nothing came".
fn or_passing(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if is_passing(&error) => Ok(0),
        result => result,
    }
}

fn is_passing(error: &io::Error) -> bool {
    use Errno::{EAGAIN, EBADF, EFAULT, EINVAL, ENOTSOCK};
    let number = error.raw_os_error().map(Errno::from_raw);
    !matches!(number, Some(EAGAIN | EBADF | ENOTSOCK | EINVAL | EFAULT) | None)
}

/// The next ICMP error in the socket's queue (ip(7), `IP_RECVERR`).
fn rejected(socket: &UdpSocket) -> io::Result<Rejection> {
    loop {
        let mut quoted = [0; QUOTED];
        let mut control = nix::cmsg_space!(sock_extended_err, sockaddr_in);
        let mut slices = [IoSliceMut::new(&mut quoted)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<SockaddrIn>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags)?;
        let (len, told) = (message.bytes, message.cmsgs()?.find_map(icmp_error));
        if let Some((from, kind, code)) = told {
            let quoted = quoted.get(..len).unwrap_or_default().to_vec();
            return Ok(Rejection { from, kind, code, quoted });
        }
    }
}

/// Who sent an ICMP error, its type and its code.
fn icmp_error(message: ControlMessageOwned) -> Option<(Ipv4Addr, u8, u8)> {
    match message {
        ControlMessageOwned::Ipv4RecvErr(error, Some(from)) if error.ee_origin == SO_EE_ORIGIN_ICMP => {
            Some((SockaddrIn::from(from).ip(), error.ee_type, error.ee_code))
        }
        _ => None,
    }
}
