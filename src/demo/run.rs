//! The demo from beginning to end.

use std::time::Duration;

use anyhow::Context;
use culvert_model::{Profile, Secret};
use rtnetlink::Handle;
use tokio::time::{Instant, sleep};

use crate::client::{Connected, Helper};
use crate::report::{Report, Screen, auth, cipher, stage};
use crate::server::{self, ServerProcess};
use crate::snapshot::Snapshot;
use crate::transfer::{self, Direction, Moved};
use crate::{cable, ping};

/// How long the kernel may take to let go of a device.
const SETTLING: Duration = Duration::from_secs(2);

/// Runs it.
///
/// # Errors
/// Whatever did not work. Leftovers are no error here; the report counts them.
pub async fn run(screen: Screen) -> anyhow::Result<Report> {
    screen
        .say("A PPTP server and a client, each in a private network of its own, joined by a virtual cable.");
    screen.say("Nothing outside these two networks is touched.\n");
    let begun = Instant::now();
    let (connection, handle, _) = rtnetlink::new_connection()?;
    tokio::spawn(connection);
    let mut server = ServerProcess::start().await?;
    cable::plug_in(&handle, server.id()?).await?;
    server.serve().await?;
    cable::wait_for_client(&handle).await?;
    let before = Snapshot::take(&handle).await?;
    screen.timed(begun.elapsed(), "both networks and the server are ready");

    let report = through_the_helper(screen).await?;
    let leftovers = leftovers(&handle, &before).await?;
    show_leftovers(screen, &leftovers);
    server.stop().await?;
    Ok(Report { leftovers: leftovers.len(), ..report })
}

/// Starts the helper, connects, uses the tunnel, disconnects, ends the helper.
async fn through_the_helper(screen: Screen) -> anyhow::Result<Report> {
    let helper = Helper::start()?;
    let mut asker = helper.ask().await?;
    let profile = Profile::new(cable::SERVER.to_string().parse()?, server::USER);
    screen.say(format_args!("\nConnecting to {} as {:?}", cable::SERVER, server::USER));
    let password = Secret::new(server::PASSWORD.to_owned());
    let step = |step: &culvert_model::Step| {
        screen.timed(Duration::from_millis(step.after_ms), stage(step.stage));
    };
    let connected = asker.connect(profile, password, step).await?;
    let Connected { connection, network, time } = &connected;
    screen.timed(*time, format_args!("connected: {}, {}", auth(network.auth), cipher(network.cipher)));

    screen.say("\nThrough the tunnel");
    let ping = tokio::task::spawn_blocking(|| ping::median(server::INSIDE)).await??;
    let micros = ping.as_micros();
    screen.say(format_args!("{micros:>7} µs       ping: the median of {}, all answered", ping::COUNT));
    let up = transfer::run(server::INSIDE, Direction::Up).await.context("sending data")?;
    show_moved(screen, "up", up);
    let down = transfer::run(server::INSIDE, Direction::Down).await.context("receiving data")?;
    show_moved(screen, "down", down);

    let disconnected = asker.disconnect(*connection).await?;
    screen.say("\nDisconnecting");
    screen.timed(disconnected, "disconnected");
    helper.stop().await?;
    Ok(Report::new(*time, network, ping, [up, down]))
}

fn show_moved(screen: Screen, direction: &str, moved: Moved) {
    let megabytes = moved.bytes / 1_000_000;
    screen.say(format_args!(
        "{:>7.0} Mbit/s   {direction}: {megabytes} MB over TCP, the checksum is right",
        moved.mbit()
    ));
}

fn show_leftovers(screen: Screen, leftovers: &[String]) {
    if leftovers.is_empty() {
        screen.say(
            "                 nothing is left: devices, addresses, routes, rules and firewall are as before",
        );
    }
    for leftover in leftovers {
        screen.say(leftover);
    }
}

/// What is not as before, once the kernel has settled.
async fn leftovers(handle: &Handle, before: &Snapshot) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + SETTLING;
    loop {
        let differences = Snapshot::take(handle).await?.differences(before);
        if differences.is_empty() || Instant::now() > deadline {
            return Ok(differences);
        }
        sleep(Duration::from_millis(20)).await;
    }
}
