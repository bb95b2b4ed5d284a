//! A Linux kernel as an ordinary process (User-Mode Linux), with the host's files as its root.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::namespace::Namespace;

/// Mounts what pppd needs without touching the host's files, and loads the PPP modules in their order.
const PRELUDE: &str = r#"#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /run/ppp /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /etc/ppp
for module in drivers/net/slip/slhc lib/crypto/libarc4 lib/crc-ccitt \
    drivers/net/ppp/ppp_generic drivers/net/ppp/ppp_async drivers/net/ppp/ppp_mppe; do
    insmod /usr/lib/uml/modules/$(uname -r)/kernel/$module.ko
done
ip link set lo up
ip link set vec0 up
"#;

/// The guest never outlives this many seconds, whatever becomes of the test.
const LIFE: u32 = 300;

/// A running guest. Dropping it ends it; where the test is failing, its console is shown first.
pub struct Guest {
    process: Child,
    directory: TempDir,
}

impl Guest {
    /// Boots a guest on the TAP device `tap` of `namespace` that runs `script` and then waits to be ended.
    pub fn boot(namespace: &Namespace, tap: &str, script: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let init = directory.path().join("init");
        fs::write(&init, format!("{PRELUDE}{script}\nsleep {LIFE}\npoweroff -f\n")).expect("the init script");
        make_executable(&init);
        let console = File::create(directory.path().join("console")).expect("the console's log");
        // In a process namespace of its own: the end of its first process ends every thread and stub of the guest.
        let process = namespace
            .command("unshare")
            .args(["--pid", "--fork", "--kill-child=KILL", "linux.uml"])
            .args([
                "mem=128M",
                "rootfstype=hostfs",
                "rootflags=/",
                "ro",
                "quiet",
                "con=null",
                "con0=null,fd:1",
            ])
            .arg(format!("vec0:transport=tap,ifname={tap},depth=128,gro=1"))
            .arg(format!("init={}", init.display()))
            .stdin(Stdio::null())
            .stderr(console.try_clone().expect("a second handle"))
            .stdout(console)
            .spawn()
            .expect("nsenter starts");
        Self { process, directory }
    }

    /// What the guest printed so far.
    pub fn console(&self) -> String {
        fs::read_to_string(self.directory.path().join("console")).unwrap_or_default()
    }

    /// Whether the guest still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Pulls the plug: no farewell reaches anybody.
    pub fn kill(&mut self) {
        // Both fail only where the guest is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the guest's console ---\n{}", self.console());
        }
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the script's mode");
}
