//! The way to the server: the TCP stream of the control connection.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use culvert_model::{Evidence, Fault, FaultCode, Stage};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(15);

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
    async fn nobody_listening_is_a_refusal() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(connect(Ipv4Addr::LOCALHOST, port, None).await.is_ok());
        drop(listener);
        let fault = connect(Ipv4Addr::LOCALHOST, port, None).await.unwrap_err();
        assert_eq!((fault.code, fault.stage), (FaultCode::TcpRefused, Some(Stage::ReachingServer)));
    }
}
