//! The way to the server: its name, and the TCP stream of the control connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Host, Stage};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// How long the name servers, and then the server, may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The IPv4 addresses of `server`, in the order of the name servers' preference and without doubles.
///
/// # Errors
/// [`FaultCode::DnsFailed`], or [`FaultCode::Ipv6Server`] where there are IPv6 addresses alone.
pub async fn resolve(server: &Host) -> Result<Vec<Ipv4Addr>, Fault> {
    let failed = |evidence| Fault::new(FaultCode::DnsFailed).with(evidence).at(Stage::LookingUpName);
    let found: Vec<SocketAddr> = match server.address() {
        Some(address) => vec![(address, 0).into()],
        None => timeout(PATIENCE, lookup_host((server.as_str(), 0)))
            .await
            .map_err(|_| failed(Evidence::SilentFor(seconds(PATIENCE))))?
            .map_err(|error| failed(said(&error)))?
            .collect(),
    };
    let mut addresses = Vec::new();
    for socket_address in &found {
        if let IpAddr::V4(address) = socket_address.ip()
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    match (addresses.is_empty(), found.is_empty()) {
        (false, _) => Ok(addresses),
        (true, false) => Err(Fault::new(FaultCode::Ipv6Server).at(Stage::LookingUpName)),
        (true, true) => Err(Fault::new(FaultCode::DnsFailed).at(Stage::LookingUpName)),
    }
}

/// A stream to the server, its packets marked with `mark` so that they stay out of the tunnel.
///
/// # Errors
/// [`FaultCode::TcpTimeout`] after 15 seconds, [`FaultCode::TcpRefused`], [`FaultCode::NetUnreachable`], or
/// [`FaultCode::LocalPermission`] where the mark may not be set.
pub async fn connect(server: Ipv4Addr, port: u16, mark: Option<u32>) -> Result<TcpStream, Fault> {
    let at = |fault: Fault| fault.at(Stage::ReachingServer);
    let socket = marked_socket(mark).map_err(|error| at(local_fault(&error)))?;
    match timeout(PATIENCE, socket.connect((server, port).into())).await {
        Ok(Ok(stream)) => {
            // Without it the stream works as well, only slower.
            stream.set_nodelay(true).ok();
            Ok(stream)
        }
        Ok(Err(error)) => Err(at(Fault::new(code_of(&error)).with(said(&error)))),
        Err(_) => Err(at(Fault::new(FaultCode::TcpTimeout).with(Evidence::SilentFor(seconds(PATIENCE))))),
    }
}

fn marked_socket(mark: Option<u32>) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    if let Some(mark) = mark {
        imp::set_mark(&socket, mark)?;
    }
    Ok(socket)
}

/// Why a connection was not made.
fn code_of(error: &io::Error) -> FaultCode {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => FaultCode::TcpRefused,
        io::ErrorKind::TimedOut => FaultCode::TcpTimeout,
        _ => FaultCode::NetUnreachable,
    }
}

/// The fault for something that this computer would not give us.
pub(crate) fn local_fault(error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied => FaultCode::LocalPermission,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => FaultCode::NetUnreachable,
        _ => FaultCode::LocalDevice,
    };
    Fault::new(code).with(said(error))
}

/// What the system said, as evidence.
pub(crate) fn said(error: &io::Error) -> Evidence {
    Evidence::System(error.to_string())
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::io;

    use socket2::SockRef;
    use tokio::net::TcpSocket;

    pub(super) fn set_mark(socket: &TcpSocket, mark: u32) -> io::Result<()> {
        SockRef::from(socket).set_mark(mark)
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::io;

    use tokio::net::TcpSocket;

    pub(super) fn set_mark(_socket: &TcpSocket, _mark: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_needs_no_name_server() {
        let server: Host = "192.0.2.1".parse().unwrap();
        assert_eq!(resolve(&server).await, Ok(vec![Ipv4Addr::new(192, 0, 2, 1)]));
        let server: Host = "2001:db8::1".parse().unwrap();
        assert_eq!(resolve(&server).await.unwrap_err().code, FaultCode::Ipv6Server);
    }

    #[tokio::test]
    async fn a_name_that_cannot_exist_is_said_so() {
        // No name server ever hears of it: RFC 6761 section 6.4, and an over-long label besides.
        let server: Host = format!("{}.invalid", "x".repeat(64)).parse().unwrap();
        let fault = resolve(&server).await.unwrap_err();
        assert_eq!((fault.code, fault.stage), (FaultCode::DnsFailed, Some(Stage::LookingUpName)));
    }

    #[tokio::test]
    async fn nobody_listening_is_a_refusal() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(connect(Ipv4Addr::LOCALHOST, port, None).await.is_ok());
        drop(listener);
        let fault = connect(Ipv4Addr::LOCALHOST, port, None).await.unwrap_err();
        assert_eq!((fault.code, fault.stage), (FaultCode::TcpRefused, Some(Stage::ReachingServer)));
    }
}
