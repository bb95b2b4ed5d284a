//! `culvert profile` on a disk that fails, is full or can't be written to, and killed at every system call.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::profiles::{Home, said};

/// What the profiles are, file by file, as far as they are profiles.
fn profiles(home: &Home) -> BTreeMap<PathBuf, String> {
    let entries = fs::read_dir(directory(home)).into_iter().flatten().map(Result::unwrap);
    let files =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "toml"));
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn directory(home: &Home) -> PathBuf {
    home.path().join(".config/culvert/profiles")
}

/// What the profiles say, whatever their files are called.
fn texts(profiles: &BTreeMap<PathBuf, String>) -> Vec<&str> {
    let mut texts: Vec<_> = profiles.values().map(String::as_str).collect();
    texts.sort_unstable();
    texts
}

/// Runs `culvert` under strace with these options.
fn traced(home: &Home, trace: &Path, options: &[&str], words: &[&str]) -> Output {
    let command = home.command(words);
    let (program, words): (_, Vec<_>) =
        (command.get_program().to_owned(), command.get_args().map(ToOwned::to_owned).collect());
    let mut strace = Command::new("strace");
    strace.env_clear().env("HOME", home.path()).current_dir(home.path()).stdin(Stdio::null());
    strace.args(["-f", "-qq", "-o"]).arg(trace).args(options).arg(program).args(words).output().unwrap()
}

/// The system calls by which a change is made: from the first that knows the directory to the last before it is told,
/// and which of its name each is.
fn calls(trace: &str) -> Vec<(String, usize)> {
    // What is done with memory and clocks alone can't be a fault of the disk.
    const OTHERS: [&str; 9] = [
        "mmap",
        "munmap",
        "brk",
        "mprotect",
        "madvise",
        "futex",
        "rt_sigprocmask",
        "sigaltstack",
        "exit_group",
    ];
    let (mut counts, mut found, mut is_begun) = (BTreeMap::<String, usize>::new(), Vec::new(), false);
    for line in trace.lines() {
        let line = line.split_once(' ').map_or(line, |(_pid, rest)| rest.trim_start());
        let Some((name, rest)) = line.split_once('(') else { continue };
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            continue;
        }
        is_begun |= rest.contains(".config/culvert");
        if is_begun && name == "write" && rest.starts_with('1') {
            break;
        }
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        if is_begun && !OTHERS.contains(&name) {
            found.push((name.to_owned(), *count));
        }
    }
    found
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn whichever_system_call_fails_no_profile_is_lost() {
    let home = Home::new();
    let trace = home.path().join("trace");
    home.add("Office", &["--notes", "untouched"]);
    home.add("Campus", &[]);
    let before = profiles(&home);
    let restore = || {
        fs::remove_dir_all(directory(&home)).unwrap();
        fs::create_dir_all(directory(&home)).unwrap();
        before.iter().for_each(|(path, text)| fs::write(path, text).unwrap());
    };
    let (mut tried, mut failed) = (0, 0);
    for words in [
        &["profile", "add", "New", "--server", "h", "--user", "u", "--password", "ask", "--json"][..],
        &["profile", "edit", "Campus", "--lan", "--json"],
        &["profile", "remove", "Campus", "--json"],
    ] {
        restore();
        assert!(traced(&home, &trace, &[], words).status.success());
        let after = profiles(&home);
        assert_ne!(before, after);
        for (call, at) in calls(&fs::read_to_string(&trace).unwrap()) {
            for fault in ["error=ENOSPC", "error=EIO", "error=EROFS", "signal=SIGKILL"] {
                restore();
                let inject = format!("inject={call}:{fault}:when={at}");
                let output = traced(&home, &trace, &["-e", &inject], words);
                let now = profiles(&home);
                let told = || format!("{words:?}, {inject}: {}", said(&output));
                let is_new = texts(&now) == texts(&after);
                assert!(is_new || now == before, "{}", told());
                assert!(is_new || !output.status.success(), "{}", told());
                // Whoever was not killed says what is wrong.
                let is_silent =
                    output.stderr.is_empty() && output.status.code().is_some_and(|code| code != 0);
                assert!(!is_silent, "{}", told());
                tried += 1;
                failed += usize::from(!output.status.success());
            }
        }
        // Whatever a killed one left is swept by the next that writes.
        restore();
        fs::write(directory(&home).join(".begun-x"), "half").unwrap();
        assert!(home.run(words).status.success());
        assert!(!directory(&home).join(".begun-x").exists());
    }
    println!("figure: culvert profile: {tried} faults and kills by strace, {failed} felt, no profile lost");
    assert!(failed > 100, "{failed} of {tried}");
}

/// A real full disk, and a home that can only be read, in a mount namespace of its own.
#[test]
fn a_full_disk_and_a_home_that_is_only_read_are_said_and_lose_nothing() {
    let home = Home::new();
    let script = format!(
        "set -e; cd '{home}'; export HOME='{home}'; mkdir .config; mount -t tmpfs -o size=64k none .config
         '{culvert}' profile add Office --server vpn.example.com --user alice --password ask >/dev/null
         head -c 1000000 /dev/zero >.config/full 2>/dev/null || true
         status=0; '{culvert}' profile add New --server h --user u --password ask 2>&1 || status=$?; echo \"full: $status\"
         status=0; '{culvert}' profile edit Office --notes '{long}' 2>&1 || status=$?; echo \"full: $status\"
         printf 'Server: a.example.com\\nUser: a\\nServer: b.example.com\\nUser: b\\n' >mail
         status=0; '{culvert}' profile import mail 2>&1 || status=$?; echo \"full: $status\"
         '{culvert}' profile list
         mount -o remount,ro .config
         status=0; '{culvert}' profile remove Office 2>&1 || status=$?; echo \"read-only: $status\"
         '{culvert}' profile list",
        home = home.path().display(),
        culvert = env!("CARGO_BIN_EXE_culvert"),
        long = "x".repeat(9000),
    );
    let mut unshare = Command::new("unshare");
    let output = unshare
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = said(&output);
    for expected in
        ["No space left on device", "Read-only file system", "full: 7", "read-only: 7", "Imported 0 of 2"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(text.matches("full: 7").count(), 3, "{text}");
    assert_eq!(text.matches("Office  alice at vpn.example.com").count(), 2, "{text}");
}
