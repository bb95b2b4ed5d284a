//! The second program: behind a socket, as systemd starts it, and with every one of its system calls failing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use culvert_engine::host::dns::{DnsKeeper, DnsSystem, FileWriter};

use culvert_model::DnsMethod;

use super::{all, dns, root, system};

const PROGRAM: &str = env!("CARGO_BIN_EXE_culvert-resolv-conf");
const ORIGINAL: &str = "# by hand\nnameserver 192.0.2.53\n";
const PUT: &str = "put\nnameserver 10.0.0.1\nsearch office.example\n";
const PUT_ANOTHER: &str = "put\nnameserver 10.0.0.9\n";

/// Starts the program for each connection to `socket`, as systemd does.
fn serve(socket: &Path, root: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    let root = root.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream: OwnedFd = stream.unwrap().into();
            let mut command = Command::new(PROGRAM);
            command.arg(&root).stdin(stream.try_clone().unwrap()).stdout(stream);
            command.status().unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_helper_that_is_not_root_has_the_file_written() {
    let root = root(ORIGINAL);
    let path = root.path().join("etc/resolv.conf");
    let socket = root.path().join("socket");
    let writer = FileWriter::Service(socket.clone());
    let system = DnsSystem { writer, ..system(root.path(), None) };
    let mut keeper = DnsKeeper::new(system.clone());
    keeper.restore_after_crash().await.expect("where there is no second program there is nothing to restore");
    let error = keeper.apply(Some(&dns(all()))).await.unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), ORIGINAL, "{error}");

    serve(&socket, root.path());
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File));
    assert!(keeper.is_in_place().await.unwrap());
    assert!(fs::read_to_string(&path).unwrap().contains("\nnameserver 10.0.0.1\n"));
    let mut another = DnsKeeper::new(system);
    another.restore_after_crash().await.unwrap();
    assert!(!keeper.is_in_place().await.unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), ORIGINAL);

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = keeper.apply(Some(&dns(all()))).await.unwrap_err();
    assert!(error.to_string().contains("reading resolv.conf"), "{error}");
}

/// Runs the program with `request`, under strace with `options` if there are any; what it answered.
fn run(root: &Path, request: &str, options: &[String]) -> String {
    let mut command = match options {
        [] => Command::new(PROGRAM),
        options => {
            let mut strace = Command::new("strace");
            strace.args(["-qq", "-o"]).arg(root.join("trace")).args(options).arg(PROGRAM);
            strace
        }
    };
    let mut child =
        command.arg(root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // One that was killed reads nothing.
    child.stdin.take().unwrap().write_all(request.as_bytes()).ok();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The system calls that change something for a request: how often each is made before it is read, and in all.
fn calls(root: &Path, request: &str) -> BTreeMap<String, (usize, usize)> {
    const CHANGING: [&str; 8] =
        ["openat", "pwrite64", "fsync", "fchmod", "linkat", "renameat", "renameat2", "unlinkat"];
    run(root, request, &["-e".to_owned(), "trace=all".to_owned()]);
    let trace = fs::read_to_string(root.join("trace")).unwrap();
    let (mut calls, mut is_read) = (BTreeMap::<_, (usize, usize)>::new(), false);
    for line in trace.lines() {
        is_read |= line.starts_with("read(0,");
        let name = line.split('(').next().unwrap();
        if CHANGING.contains(&name) {
            let (before, all) = calls.entry(name.to_owned()).or_default();
            *before += usize::from(!is_read);
            *all += 1;
        }
    }
    calls
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn whichever_system_call_fails_the_old_or_the_new_file_is_whole() {
    let root = root("");
    let path = root.path().join("etc/resolv.conf");
    let etc = || fs::read_dir(root.path().join("etc")).unwrap().count();
    let (mut tried, mut failed) = (0, 0);
    for (first, request) in [(None, PUT), (Some(PUT), PUT_ANOTHER), (Some(PUT), "restore\n")] {
        let prepare = || {
            run(root.path(), "restore\n", &[]);
            fs::write(&path, ORIGINAL).unwrap();
            first.map(|request| run(root.path(), request, &[]));
            fs::read_to_string(&path).unwrap()
        };
        prepare();
        let calls = calls(root.path(), request);
        let after = fs::read_to_string(&path).unwrap();
        assert!(calls.contains_key("fsync") && after != prepare());
        for (call, (before, count)) in calls {
            for at in before + 1..=count {
                for fault in ["error=ENOSPC", "error=EIO", "signal=SIGKILL"] {
                    let before = prepare();
                    let inject = format!("inject={call}:{fault}:when={at}");
                    let reply = run(root.path(), request, &["-e".to_owned(), inject.clone()]);
                    let now = fs::read_to_string(&path).unwrap();
                    assert!(now == before || now == after, "{request:?}, {inject}: {reply:?}: {now}");
                    let done = matches!(reply.as_str(), "put\n" | "restored\n");
                    assert!(!done || now == after, "{request:?}, {inject}: {reply:?}");
                    assert_eq!(run(root.path(), "restore\n", &[]), "restored\n", "{request:?}, {inject}");
                    assert_eq!(fs::read_to_string(&path).unwrap(), ORIGINAL, "{request:?}, {inject}");
                    assert_eq!(etc(), 1, "{request:?}, {inject}");
                    tried += 1;
                    failed += usize::from(!done);
                }
            }
        }
    }
    assert!(failed > 50, "the faults were not felt: {failed} of {tried}");
    println!(
        "figure: culvert-resolv-conf: {tried} faults and kills by strace, the old or the new file whole after each"
    );
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let root = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=8k,nr_inodes=8 none {0} && mkdir {0}/etc && printf 'nameserver 192.0.2.53\\n' >{0}/etc/resolv.conf \
         && head -c 4096 /dev/zero >{0}/etc/full; printf 'put\\nnameserver 10.0.0.1\\n' | {PROGRAM} {0}; cat {0}/etc/resolv.conf; ls -A {0}/etc",
        root.path().display()
    );
    let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said,
        "failed: writing a file beside resolv.conf: No space left on device (os error 28)\n\
         nameserver 192.0.2.53\nfull\nresolv.conf\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_mounted_file_is_written_in_place_and_a_read_only_directory_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let script = format!(
        "cd {0} && mkdir etc && touch etc/resolv.conf && printf 'nameserver 192.0.2.53\\n' >given && mount --bind given etc/resolv.conf
         ls -i given >before
         printf 'put\\nnameserver 10.0.0.1\\n' | {PROGRAM} . && tail -n 1 given && printf 'restore\\n' | {PROGRAM} . && cat given && ls -A etc
         ls -i given | diff before - && umount etc/resolv.conf
         mount --bind etc etc && mount -o remount,bind,ro etc && printf 'put\\nnameserver 10.0.0.1\\n' | {PROGRAM} .",
        root.path().display()
    );
    let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said,
        "put\nnameserver 10.0.0.1\nrestored\nnameserver 192.0.2.53\nresolv.conf\n\
         failed: removing a file beside resolv.conf: Read-only file system (os error 30)\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_file_that_somebody_made_immutable_is_left_alone() {
    let root = root(ORIGINAL);
    let path = root.path().join("etc/resolv.conf");
    let immutable = |flag| assert!(Command::new("chattr").arg(flag).arg(&path).status().unwrap().success());
    immutable("+i");
    let reply = run(root.path(), PUT, &[]);
    immutable("-i");
    assert_eq!(reply, "failed: replacing resolv.conf: Operation not permitted (os error 1)\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), ORIGINAL);
    assert_eq!(fs::read_dir(root.path().join("etc")).unwrap().count(), 1);
}

/// A scripted resolvconf, of openresolv or of Debian: the real ones can't be there at once.
const RESOLVCONF: &str = r#"#!/bin/sh
records=/run/resolvconf/interface
mkdir -p $records
while :; do
    case $1 in
    -x) [ $DIALECT = openresolv ] || exit 99; alone=1 ;;
    -f) [ $DIALECT = openresolv ] || exit 99; force=1 ;;
    -m) shift ;;
    -a) cat >$records/$2; break ;;
    -d) rm $records/$2 2>/dev/null || [ $DIALECT = debian ] || [ "$force" ] || exit 1; break ;;
    esac
    shift
done
[ "$alone" ] && files=$records/$2 || files=$(ls -r $records/*)
{ [ $DIALECT = debian ] || echo '# Generated by resolvconf'; cat $files; } >/run/resolvconf/resolv.conf
[ $DIALECT = debian ] || cp /run/resolvconf/resolv.conf /etc/resolv.conf
"#;

#[test]
fn a_program_resolvconf_is_told_in_its_own_dialect() {
    for dialect in ["openresolv", "debian"] {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("resolvconf"), RESOLVCONF.replace("$DIALECT", dialect)).unwrap();
        let script = format!(
            "set -e; cd {0}; chmod +x resolvconf; mkdir all; mount -t tmpfs none all; cd all
             layer() {{ mkdir $1.up $1.work; mount -t overlay -o lowerdir=$2,upperdir=$1.up,workdir=$1.work none $2; }}
             umount /etc/resolv.conf 2>/dev/null || :; layer etc /etc; layer sbin /usr/sbin; mount -t tmpfs none /run
             cp ../resolvconf /usr/sbin/; rm -f /etc/resolv.conf
             [ {dialect} = openresolv ] || ln -s /run/resolvconf/resolv.conf /etc/resolv.conf
             echo nameserver 192.0.2.53 | resolvconf -a eth0; cp /etc/resolv.conf before
             printf 'put\\nnameserver 10.0.0.1\\n' | {PROGRAM}; grep -m 1 nameserver /etc/resolv.conf
             printf 'check\\nnameserver 10.0.0.1\\n' | {PROGRAM}; printf 'check\\nnameserver 10.0.0.2\\n' | {PROGRAM}
             printf 'restore\\n' | {PROGRAM}; printf 'restore\\n' | {PROGRAM}; diff before /etc/resolv.conf",
            root.path().display()
        );
        let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let expected = "put by resolvconf\nnameserver 10.0.0.1\nin place\nnot in place\nrestored\nrestored\n";
        assert_eq!(said, expected, "{dialect}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
