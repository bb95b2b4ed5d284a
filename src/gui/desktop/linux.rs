//! By the desktop portal and systemd, over D-Bus.

use std::future::pending;

use iced::futures::channel::mpsc::Sender;
use iced::futures::{SinkExt, StreamExt};
use iced::theme::Mode;
use iced::{Subscription, stream};
use zbus::proxy::MethodFlags;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, proxy};

/// The unit that starts the helper.
const UNIT: &str = "culvertd.socket";
/// Where desktops tell what they look like (XDG Desktop Portal, `org.freedesktop.appearance`).
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

#[proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Settings {
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: OwnedValue) -> zbus::Result<()>;
}

/// Whether the desktop is light or dark, and every change of that. The window does not wait for it.
pub(crate) fn appearance() -> Subscription<Mode> {
    Subscription::run(|| {
        stream::channel(4, async |mut told: Sender<Mode>| {
            // A desktop without a portal has no say.
            let _ = follow(&mut told).await;
            pending::<()>().await;
        })
    })
}

async fn follow(told: &mut Sender<Mode>) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let settings = SettingsProxy::new(&bus).await?;
    let mut changes = settings.receive_setting_changed().await?;
    if let Some(mode) = mode(&settings.read(NAMESPACE, KEY).await?.into()) {
        let _ = told.send(mode).await;
    }
    while let Some(change) = changes.next().await {
        let change = change.args()?;
        let is_ours = change.namespace == NAMESPACE && change.key == KEY;
        if let Some(mode) = mode(&change.value.try_clone()?.into()).filter(|_| is_ours) {
            let _ = told.send(mode).await;
        }
    }
    Ok(())
}

/// 1 likes it dark, 2 light; 0 does not mind.
fn mode(value: &zbus::zvariant::Value<'_>) -> Option<Mode> {
    use zbus::zvariant::Value;
    match value {
        // `Read` wraps its answer once more.
        Value::Value(within) => mode(within),
        Value::U32(1) => Some(Mode::Dark),
        Value::U32(0 | 2) => Some(Mode::Light),
        _ => None,
    }
}

/// Has the service manager start the helper; it may ask the person for an administrator's password.
///
/// # Errors
/// Why it does not.
pub(crate) async fn start_helper() -> Result<(), String> {
    let start = async {
        let bus = Connection::system().await?;
        let manager = zbus::Proxy::new(
            &bus,
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
        )
        .await?;
        let flags = MethodFlags::AllowInteractiveAuth.into();
        manager
            .call_with_flags::<_, _, OwnedObjectPath>("StartUnit", flags, &(UNIT, "replace"))
            .await
            .map(drop)
    };
    start.await.map_err(|error: zbus::Error| error.to_string())
}
