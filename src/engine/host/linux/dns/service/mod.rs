//! The second program, which is root's and writes the resolver file for a helper that is not.
//!
//! systemd starts one for each connection to its socket, with the connection as its standard input and output. It
//! reads one [`Request`], does what it says, answers with one [`Reply`] and ends.

mod message;
mod resolvconf;

use std::io::{self, Read, Write};
use std::path::Path;

pub use message::{Reply, Request};

use super::file;
use crate::host::HostError;

/// Where systemd listens for it. None but the helper's user may connect.
pub const SOCKET: &str = "/run/culvert-resolv-conf.socket";

/// The name under which a program resolvconf has the tunnel's name servers.
pub(crate) const RECORD: &str = resolvconf::RECORD;

/// No request is longer.
const LONGEST: u64 = 8 << 10;

/// Reads a request, carries it out below `root`, and answers it.
///
/// # Errors
/// Where the other side is gone. What fails otherwise is told to it.
pub fn serve(root: &Path, input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut text = String::new();
    let reply = match input.take(LONGEST).read_to_string(&mut text).map(|_| Request::parse(&text)) {
        Ok(Some(request)) => {
            carry_out(root, &request).unwrap_or_else(|error| Reply::Failed(error.to_string()))
        }
        Ok(None) => Reply::Failed("the request makes no sense".to_owned()),
        Err(error) => Reply::Failed(error.to_string()),
    };
    output.write_all(reply.to_string().as_bytes())?;
    output.flush()
}

fn carry_out(root: &Path, request: &Request) -> Result<Reply, HostError> {
    match request {
        Request::Put(wanted) if resolvconf::is_in_charge(root) => {
            resolvconf::put(root, wanted)?;
            Ok(Reply::PutByResolvconf)
        }
        Request::Put(wanted) => file::put(root, wanted).map(|()| Reply::Put),
        Request::Check(wanted) => {
            let is_there = file::is_in_place(root, wanted)? || resolvconf::is_in_place(root, wanted);
            Ok(if is_there { Reply::InPlace } else { Reply::NotInPlace })
        }
        Request::Restore => {
            resolvconf::restore(root)?;
            file::restore(root).map(|_| Reply::Restored)
        }
    }
}
