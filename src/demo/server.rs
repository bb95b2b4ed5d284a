//! The server's side: a process of its own in a network namespace of its own.
//!
//! It talks with its parent over its standard streams, a line each: `namespace` says that it has one, `cable` that
//! an end of the cable is in it, `ready` that clients may come. When its input ends, so does it.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use culvert_model::{PPTP_PORT, Secret};
use culvert_server::{AddressRange, Config, Server, UserList};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, stdin, stdout};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::{cable, transfer};

/// The hidden argument that makes this program the server.
pub const ROLE: &str = "--as-server";

/// Who logs in, in a network that nobody else can reach.
pub const USER: &str = "demo";
/// And with what.
pub const PASSWORD: &str = "demo";

/// The server's address inside the tunnel (RFC 5737: for documentation).
pub const INSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const FIRST_CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
const LAST_CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 20);

const NAMESPACE: &str = "namespace";
const CABLE: &str = "cable";
const READY: &str = "ready";

/// How long the other process may take for a line.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server's process, killed when it is dropped.
pub struct ServerProcess {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl ServerProcess {
    /// Starts it and waits until it has its namespace.
    pub async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new("/proc/self/exe");
        command.arg(ROLE).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("starting the server's process")?;
        let input = child.stdin.take().context("the server's input")?;
        let output = BufReader::new(child.stdout.take().context("the server's output")?).lines();
        let mut process = Self { child, input, output };
        process.expect(NAMESPACE).await?;
        Ok(process)
    }

    /// Its process id.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server's process has ended")
    }

    /// Tells it that its end of the cable is there, and waits until it serves.
    pub async fn serve(&mut self) -> anyhow::Result<()> {
        self.input
            .write_all(format!("{CABLE}\n").as_bytes())
            .await
            .context("talking to the server's process")?;
        self.expect(READY).await
    }

    /// Ends it.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { mut child, input, .. } = self;
        drop(input);
        let status = timeout(PATIENCE, child.wait()).await.context("the server's process does not end")??;
        if status.success() { Ok(()) } else { bail!("the server's process failed: {status}") }
    }

    /// Waits for `line`. The process tells on the standard error why there is another one, or none.
    async fn expect(&mut self, line: &str) -> anyhow::Result<()> {
        match timeout(PATIENCE, self.output.next_line()).await {
            Ok(Ok(Some(said))) if said == line => Ok(()),
            Ok(_) => bail!("the server's process could not start"),
            Err(_) => bail!("the server's process does not start"),
        }
    }
}

/// The process itself, once it is in its namespace.
pub async fn run() -> anyhow::Result<()> {
    say(NAMESPACE).await?;
    let mut input = BufReader::new(stdin()).lines();
    let said = timeout(PATIENCE, input.next_line()).await.context("nobody plugs in the cable")??;
    if said.as_deref() != Some(CABLE) {
        return Ok(());
    }
    let (connection, handle, _) = rtnetlink::new_connection()?;
    tokio::spawn(connection);
    cable::set_up_server(&handle).await?;
    cable::wait_for_server(&handle).await?;
    let server = Server::bind(config()?).await?;
    let listener = TcpListener::bind((INSIDE, transfer::PORT)).await?;
    tokio::spawn(transfer::serve(listener));
    say(READY).await?;
    let end_of_input = async {
        input.into_inner().read_to_end(&mut Vec::new()).await.ok();
    };
    server.serve(end_of_input).await.context("the server had to stop")
}

fn config() -> anyhow::Result<Config> {
    let mut users = UserList::default();
    users.add(USER, Secret::new(PASSWORD.to_owned()));
    Ok(Config {
        listen: SocketAddrV4::new(cable::SERVER, PPTP_PORT),
        local: INSIDE,
        pool: AddressRange::new(FIRST_CLIENT, LAST_CLIENT)?,
        ..Config::new(Arc::new(users))
    })
}

async fn say(line: &str) -> anyhow::Result<()> {
    let mut output = stdout();
    output.write_all(format!("{line}\n").as_bytes()).await?;
    Ok(output.flush().await?)
}
