//! Who may change what stands.

use std::time::{Duration, Instant};

use culvert_engine::host::guard::{GuardWatch, remove_all};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

fn kind(error: &HostError) -> Option<io::ErrorKind> {
    match error {
        HostError::Refused { cause, .. } => Some(cause.kind()),
        _ => None,
    }
}

/// Hears of changes to our tables.
fn watch(client: &Namespace) -> (UnboundedReceiver<()>, JoinHandle<()>) {
    let watch = client.run(|| GuardWatch::new().unwrap());
    let (told, heard) = unbounded_channel();
    (heard, tokio::spawn(watch.run(move || told.send(()).unwrap_or_default())))
}

fn removed_by_anybody(client: &Namespace) -> Result<(), HostError> {
    client.block_on(remove_all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nobody_else_changes_or_removes_what_is_our_own() {
    let client = Namespace::new();
    nft(&client, "add table inet others").unwrap();
    let mut kept = Kept::new(Ownership::Auto);
    kept.apply(&client, &connected()).unwrap();
    nft(&client, "flush ruleset").unwrap();
    assert!(kept.is_in_place(&client), "after the flush");
    for words in [
        "delete table inet culvert",
        "flush table inet culvert",
        "insert rule inet culvert output accept",
        "add chain inet culvert input { policy accept; }",
        "add table inet culvert { flags dormant; }",
        "delete table arp culvert",
    ] {
        let error = nft(&client, words).expect_err(words);
        assert!(error.contains("Operation not permitted"), "{words}: {error}");
    }
    let mut second = Kept::new(Ownership::Auto);
    let error = second.apply(&client, &connecting()).unwrap_err();
    assert_eq!(kind(&error), Some(io::ErrorKind::PermissionDenied), "{error}");
    let error = removed_by_anybody(&client).unwrap_err();
    assert_eq!(kind(&error), Some(io::ErrorKind::PermissionDenied), "{error}");
    assert!(kept.is_in_place(&client));
    kept.remove(&client);
    removed_by_anybody(&client).unwrap();
    assert_eq!(ruleset(&client), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_crashed_helper_left_falls_to_the_next_one() {
    let client = Namespace::new();
    let mut kept = Kept::new(Ownership::Auto);
    kept.apply(&client, &connected()).unwrap();
    drop(kept);

    let mut next = Kept::new(Ownership::Auto);
    assert!(next.apply(&client, &connecting()).unwrap().unwrap().owned);
    nft(&client, "flush ruleset").unwrap();
    let error = nft(&client, "delete table inet culvert").unwrap_err();
    assert!(error.contains("Operation not permitted"), "{error}");
    next.remove(&client);
    assert_eq!(ruleset(&client), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_crashed_helper_left_is_removed_without_knowing_it() {
    for ownership in [Ownership::Auto, Ownership::Plain] {
        let client = Namespace::new();
        let mut kept = Kept::new(ownership);
        kept.apply(&client, &connected()).unwrap();
        drop(kept);
        assert!(ruleset(&client).contains("table inet culvert"), "it outlives its keeper");
        removed_by_anybody(&client).unwrap();
        assert_eq!(ruleset(&client), "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn where_nothing_can_be_our_own_it_is_put_back() {
    let client = Namespace::new();
    let mut kept = Kept::new(Ownership::Plain);
    kept.apply(&client, &connected()).unwrap();
    let before = ruleset(&client);
    let (mut told, watching) = watch(&client);
    let mut times = Vec::new();
    for words in [
        "flush ruleset",
        "delete table inet culvert",
        "delete table arp culvert",
        "flush table inet culvert",
        "insert rule inet culvert output accept",
        "add chain inet culvert input { policy accept; }",
        "delete table inet culvert; add table inet culvert",
        "add table inet culvert { flags dormant; }",
    ] {
        for _ in 0..5 {
            while told.try_recv().is_ok() {}
            let start = Instant::now();
            nft(&client, words).unwrap();
            let heard = timeout(Duration::from_secs(2), told.recv()).await;
            heard.unwrap_or_else(|_| panic!("nobody told of: {words}"));
            assert!(!kept.is_in_place(&client), "{words}");
            kept.apply(&client, &connected()).unwrap();
            times.push(start.elapsed());
            assert!(kept.is_in_place(&client), "{words}");
            assert_eq!(ruleset(&client), before, "{words}");
        }
    }
    times.sort();
    figure(&format!(
        "put back within {:?} in the middle, {:?} at most, with the start of nft",
        times[20], times[39]
    ));
    watching.abort();
    kept.remove(&client);
    assert_eq!(ruleset(&client), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_watch_hears_of_our_tables_and_of_no_others() {
    let client = Namespace::new();
    let (mut heard, watching) = watch(&client);
    nft(&client, "add table inet others").unwrap();
    let mut kept = Kept::new(Ownership::Auto);
    kept.apply(&client, &connected()).unwrap();
    timeout(Duration::from_secs(1), heard.recv()).await.expect("the swap").unwrap();
    let rest = async |heard: &mut UnboundedReceiver<()>| {
        let mut rest = 0;
        while timeout(Duration::from_millis(200), heard.recv()).await.is_ok() {
            rest += 1;
        }
        rest
    };
    rest(&mut heard).await;
    kept.remove(&client);
    assert!(rest(&mut heard).await > 0, "the removal");
    nft(&client, "flush ruleset").unwrap();
    assert_eq!(rest(&mut heard).await, 0);
    watching.abort();
}
