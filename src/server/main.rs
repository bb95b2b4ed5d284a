//! `culvert-server`: a small PPTP server for demos, tests and benchmarks. It is no product for the open internet.

#![forbid(unsafe_code)]

mod arguments;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Parser;
use culvert_model::Secret;
use culvert_server::{Server, UserList};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;

/// The largest list of users, in bytes.
const LARGEST_LIST: usize = 1 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    log.with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "culvert-server: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let users = read_users(&arguments.users)?;
    let config = arguments.into_config(Arc::new(users));
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::bind(config).await?;
    tracing::info!(interface = server.interface(), "ready");
    let shutdown = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    server.serve(shutdown).await.context("the server had to stop")
}

/// The users in the file at `path`, or on standard input where it is `-`.
fn read_users(path: &str) -> anyhow::Result<UserList> {
    let of = || format!("reading the users from {path}");
    let source: Box<dyn Read> = match path {
        "-" => Box::new(io::stdin()),
        path => Box::new(File::open(path).with_context(of)?),
    };
    // Never moved to a larger buffer, which would leave a copy of the passwords behind; wiped when it is dropped.
    let mut text = String::with_capacity(LARGEST_LIST + 1);
    let read = source.take(u64::try_from(text.capacity())?).read_to_string(&mut text);
    let text = Secret::new(text);
    read.with_context(of)?;
    ensure!(text.expose().len() <= LARGEST_LIST, "{}: it is larger than {LARGEST_LIST} bytes", of());
    UserList::parse(text.expose()).with_context(of)
}
