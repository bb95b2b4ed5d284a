//! `culvert-server`: a small PPTP server for demos, tests and benchmarks. It is no product for the open internet.

#![forbid(unsafe_code)]

mod arguments;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use culvert_model::Secret;
use culvert_server::{Server, UserList};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;

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
    let mut text = String::new();
    let read = match path {
        "-" => io::stdin().read_to_string(&mut text).map(drop),
        path => fs::read_to_string(path).map(|read| text = read),
    };
    read.with_context(|| format!("reading the users from {path}"))?;
    // Wiped when it is dropped.
    let text = Secret::new(text);
    UserList::parse(text.expose()).with_context(|| format!("reading the users from {path}"))
}
