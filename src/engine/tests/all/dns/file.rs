//! The resolver file where nobody else looks after it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use culvert_engine::host::dns::DnsKeeper;
use culvert_model::DnsMethod;
use culvert_policy::Domains;

use super::{all, dns, root, system};

const ORIGINAL: &str = "# by hand\nnameserver 192.0.2.53\n";

/// What stands in `etc`: names, kinds, bytes, modes, owners, times, link targets.
fn snapshot(root: &Path) -> Vec<String> {
    let mut lines: Vec<_> = fs::read_dir(root.join("etc"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let (mode, owner, group) = (metadata.mode(), metadata.uid(), metadata.gid());
            let content = fs::read_link(&path)
                .map_or_else(|_| fs::read(&path).unwrap(), |to| to.into_os_string().into_encoded_bytes());
            let time = (metadata.mtime(), metadata.mtime_nsec());
            format!("{path:?} {mode:o} {owner} {group} {time:?} {:?}", String::from_utf8_lossy(&content))
        })
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn what_was_there_comes_back_with_everything_it_had_also_after_a_crash() {
    for kind in ["file", "link", "dangling link", "link to another file system", "nothing"] {
        let root = root(ORIGINAL);
        let path = root.path().join("etc/resolv.conf");
        let link = |target: &str| {
            fs::remove_file(&path).unwrap();
            symlink(target, &path).unwrap();
        };
        match kind {
            "file" => {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
                std::os::unix::fs::chown(&path, Some(1), Some(2)).unwrap();
            }
            "link" => {
                fs::write(root.path().join("etc/target"), ORIGINAL).unwrap();
                link("target");
            }
            "dangling link" => link("../run/systemd/nowhere"),
            "link to another file system" => link("/proc/version"),
            _ => fs::remove_file(&path).unwrap(),
        }
        let before = snapshot(root.path());
        for crash in [false, true] {
            let mut keeper = DnsKeeper::new(system(root.path(), None));
            for _ in 0..2 {
                assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File), "{kind}");
                let metadata = path.symlink_metadata().unwrap();
                assert!(metadata.is_file() && metadata.mode() & 0o777 == 0o644, "{kind}");
                let text = fs::read_to_string(&path).unwrap();
                assert!(
                    text.ends_with("\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch office.example\n")
                );
            }
            if crash {
                keeper = DnsKeeper::new(system(root.path(), None));
                keeper.restore_after_crash().await.unwrap();
            } else {
                keeper.apply(None).await.unwrap();
            }
            assert_eq!(snapshot(root.path()), before, "{kind}, crash: {crash}");
        }
    }
}

#[tokio::test]
async fn a_change_by_somebody_else_is_seen_and_stays() {
    let root = root(ORIGINAL);
    let path = root.path().join("etc/resolv.conf");
    let mut keeper = DnsKeeper::new(system(root.path(), None));
    keeper.apply(Some(&dns(all()))).await.unwrap();
    assert!(keeper.is_in_place().await.unwrap());
    fs::write(&path, "nameserver 192.0.2.99\n").unwrap();
    assert!(!keeper.is_in_place().await.unwrap());
    keeper.apply(None).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "nameserver 192.0.2.99\n");
    assert_eq!(snapshot(root.path()).len(), 1);
}

#[tokio::test]
async fn what_was_there_comes_back_also_where_somebody_has_added_to_our_file() {
    for crash in [false, true] {
        let root = root(ORIGINAL);
        let before = snapshot(root.path());
        let path = root.path().join("etc/resolv.conf");
        let mut keeper = DnsKeeper::new(system(root.path(), None));
        keeper.apply(Some(&dns(all()))).await.unwrap();
        let add = || fs::write(&path, fs::read_to_string(&path).unwrap() + "# mine too\n").unwrap();
        add();
        assert!(!keeper.is_in_place().await.unwrap());
        keeper.apply(Some(&dns(all()))).await.unwrap();
        assert!(keeper.is_in_place().await.unwrap(), "while the tunnel is up ours is put again");
        add();
        if crash {
            DnsKeeper::new(system(root.path(), None)).restore_after_crash().await.unwrap();
        } else {
            keeper.apply(None).await.unwrap();
        }
        assert_eq!(snapshot(root.path()), before, "crash: {crash}");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_for_a_while_comes_back_all_the_same() {
    let root = root("nameserver 192.0.2.53\n");
    let before = snapshot(root.path());
    let mut keeper = DnsKeeper::new(system(root.path(), None));
    keeper.apply(Some(&dns(all()))).await.unwrap();
    let [etc, away] = ["etc", "away"].map(|name| root.path().join(name));
    fs::rename(&etc, &away).unwrap();
    keeper.apply(Some(&dns(all()))).await.unwrap_err();
    fs::rename(&away, &etc).unwrap();
    keeper.apply(None).await.unwrap();
    assert!(snapshot(root.path()) == before, "what was there is back");
}

#[tokio::test]
async fn a_file_cannot_send_only_some_names_into_the_tunnel_and_is_left_alone() {
    let root = root(ORIGINAL);
    let before = snapshot(root.path());
    let mut keeper = DnsKeeper::new(system(root.path(), None));
    let domains = Domains::Only(vec!["office.example".to_owned()]);
    assert_eq!(keeper.apply(Some(&dns(domains))).await.unwrap(), None);
    assert_eq!(snapshot(root.path()), before);
    // From some names to all and back.
    assert_eq!(keeper.apply(Some(&dns(all()))).await.unwrap(), Some(DnsMethod::File));
    assert_eq!(keeper.apply(Some(&dns(Domains::Only(vec![])))).await.unwrap(), None);
    assert_eq!(snapshot(root.path()), before);
}

#[tokio::test]
async fn no_directory_and_strange_things_are_said_and_left_alone() {
    let root = root(ORIGINAL);
    let path = root.path().join("etc/resolv.conf");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let mut keeper = DnsKeeper::new(system(root.path(), None));
    assert!(keeper.apply(Some(&dns(all()))).await.is_err());
    fs::remove_dir(&path).unwrap();
    let fifo = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(fifo.success());
    assert!(keeper.apply(Some(&dns(all()))).await.is_err());
    fs::rename(root.path().join("etc"), root.path().join("other")).unwrap();
    symlink("other", root.path().join("etc")).unwrap();
    assert!(keeper.apply(Some(&dns(all()))).await.is_err(), "a link in the place of /etc is not followed");
    assert_eq!(fs::read_dir(root.path().join("other")).unwrap().count(), 1);
}
