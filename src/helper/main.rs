//! `culvertd`: the helper that owns the network.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use clap::builder::OsStringValueParser;
use culvert_helper::{
    Alone, Authority, Beginning, Inherited, Keepsake, Listener, Notifier, Place, privilege,
};
use culvert_ipc::{SOCKET_VARIABLE, default_socket_path};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Culvert's network service: connects and disconnects for the programs that may ask it to. Ends with everything
/// undone when it gets SIGTERM or SIGINT. RUST_LOG sets what is logged.
#[derive(Parser)]
#[command(name = "culvertd", version)]
struct Arguments {
    /// Where to listen.
    #[arg(
        long,
        env = SOCKET_VARIABLE,
        value_name = "PATH",
        default_value_os = default_socket_path().as_os_str(),
        value_parser = OsStringValueParser::new(),
    )]
    socket: OsString,
    /// Members of this group may connect from anywhere, and also where there is no polkit.
    #[arg(long, env = "CULVERT_GROUP", value_name = "NAME", default_value = "culvert")]
    group: String,
    /// Only with an administrator's word may a profile ask for less than the default encryption and login.
    #[arg(long)]
    forbid_weaker: bool,
    /// Takes everything of Culvert's away from this computer's network, also what a crash left, switches lockdown
    /// off, and ends. It needs no server, no network and no other program.
    #[arg(long, conflicts_with = "early")]
    reset: bool,
    /// Lets nothing out where lockdown is on or an administrator's profile wants it, and ends. For the start of the
    /// computer, before there is a network.
    #[arg(long)]
    early: bool,
}

impl Arguments {
    /// Where to listen: a variable that is empty names no path.
    fn socket(&self) -> &Path {
        if self.socket.is_empty() { default_socket_path() } else { Path::new(&self.socket) }
    }
}

fn main() -> ExitCode {
    let inherited = Inherited::from_environment();
    let arguments = Arguments::parse();
    log();
    match run(&arguments, inherited) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "culvertd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, inherited: Inherited) -> anyhow::Result<()> {
    privilege::check()?;
    privilege::harden();
    let place = Place::from_environment();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the program could not be set up")?;
    let ended = runtime.block_on(async {
        if arguments.reset {
            culvert_helper::reset(arguments.socket(), &place).await?;
            // Whoever reads it may have gone.
            let _ =
                writeln!(io::stdout(), "Everything of Culvert's is gone: the network is as it was before.");
            return Ok(());
        }
        if arguments.early {
            let closed = culvert_helper::close_early(&place).await?;
            tracing::info!(closed, "before the network");
            return Ok(());
        }
        serve(arguments, place, inherited).await
    });
    // A name that is still being looked up holds up nobody.
    runtime.shutdown_background();
    ended
}

async fn serve(arguments: &Arguments, place: Place, mut inherited: Inherited) -> anyhow::Result<()> {
    let _alone = Alone::claim_soon()?;
    let notifier = Notifier::from_environment().context("the service manager can't be told")?;
    let (end, restart) = (end()?, restart()?);
    let mut beginning = Beginning::read(place);
    match inherited.take_kept().map(|kept| kept.map(Keepsake::unseal)) {
        Ok(Some(Ok(keepsake))) => beginning.recall(keepsake),
        Ok(None) => {}
        Ok(Some(Err(error))) | Err(error) => tracing::warn!(%error, "the last session can't be taken up"),
    }
    let authority = Authority::system(&arguments.group);
    let authority = if arguments.forbid_weaker { authority.forbidding_weaker() } else { authority };
    let listener = match Listener::inherit(&mut inherited)? {
        Some(listener) => listener,
        None => Listener::bind_for_all(arguments.socket())?,
    };
    drop(inherited);
    tokio::select! {
        () = culvert_helper::run(listener, authority, beginning, notifier, end) => {}
        // The next helper finds everything as after a crash: nothing is opened in between.
        () = restart => tracing::info!("told to make room for another one"),
    }
    Ok(())
}

/// Ready once the service manager wants to start another helper in our place (`RestartKillSignal=`).
fn restart() -> anyhow::Result<impl Future<Output = ()>> {
    let mut told = signal(SignalKind::user_defined1()).context("signals can't be received")?;
    Ok(async move {
        told.recv().await;
    })
}

fn log() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let is_terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(is_terminal).init();
}

/// Ready once the system, a person or a closing terminal wants an end.
fn end() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("signals can't be received");
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}
