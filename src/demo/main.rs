//! TRIES: the whole house on one computer, with one command.
//!
//! A PPTP server runs in a process and a network namespace of its own, the helper in this process and another
//! namespace, and a cable joins the two. One namespace would not do: between its own addresses the kernel delivers
//! without the tunnel. The helper is asked over its real socket, as the window asks it. Then packets and data go
//! through the tunnel, it is taken down, and everything it could have left behind is compared with before.
//!
//! Not being root it enters a user namespace first, where it is. Nothing outside the namespaces is touched.

#![forbid(unsafe_code)]

mod cable;
mod client;
mod namespace;
mod ping;
mod report;
mod run;
mod server;
mod snapshot;
mod transfer;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Parser;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;

use crate::report::Screen;

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How long what still runs in the background may hold up the end.
const GRACE: Duration = Duration::from_millis(200);

/// Connects, pings and moves data between a PPTP server and a client, each in a private network namespace
#[derive(Debug, Parser)]
#[command(name = "culvert-demo", version)]
struct Arguments {
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Be the server
    #[arg(long = "as-server", hide = true)]
    as_server: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    log.with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    match act(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let who = if arguments.as_server { "culvert-demo, server" } else { "culvert-demo" };
            writeln!(io::stderr(), "{who}: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn act(arguments: &Arguments) -> anyhow::Result<()> {
    namespace::enter()?;
    namespace::check_tun()?;
    let runtime = Runtime::new().context("starting the runtime")?;
    let result = if arguments.as_server {
        runtime.block_on(server::run())
    } else {
        runtime.block_on(limited(Screen { is_silent: arguments.json }))
    };
    runtime.shutdown_timeout(GRACE);
    result
}

async fn limited(screen: Screen) -> anyhow::Result<()> {
    let report = tokio::select! {
        report = timeout(LIMIT, run::run(screen)) => report.context("it takes too long")??,
        _ = tokio::signal::ctrl_c() => return Err(anyhow!("interrupted")),
    };
    if screen.is_silent {
        writeln!(io::stdout(), "{}", serde_json::to_string(&report)?)?;
    }
    match report.leftovers {
        0 => Ok(()),
        count => Err(anyhow!("{count} things are not as they were before")),
    }
}
