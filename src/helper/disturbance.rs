//! That somebody may have changed what was set: told once, until it was looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use culvert_policy::HostFact;
use tokio::sync::mpsc;

/// One guard that is swapped makes a hundred notices of the kernel, and to look takes a while: one that waits stands
/// for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbance {
    is_waiting: Arc<AtomicBool>,
}

impl Disturbance {
    /// Tells `facts`, unless that waits to be heard already. To be called within a tokio runtime.
    pub(crate) fn tell(&self, facts: &mpsc::Sender<HostFact>) {
        if self.is_waiting.swap(true, Ordering::AcqRel) {
            return;
        }
        if facts.try_send(HostFact::Disturbed).is_err() {
            let facts = facts.clone();
            tokio::spawn(async move { facts.send(HostFact::Disturbed).await });
        }
    }

    /// To be called before looking: whatever happens from now on is told anew.
    pub(crate) fn heard(&self) {
        self.is_waiting.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_storm_of_notices_is_one_look_and_one_more_for_what_came_while_looking() {
        let (facts, mut told) = mpsc::channel(8);
        let disturbance = Disturbance::default();
        for _ in 0..100 {
            disturbance.tell(&facts);
        }
        assert_eq!(told.recv().await, Some(HostFact::Disturbed));
        assert!(told.try_recv().is_err(), "one stands for all");
        disturbance.heard();
        disturbance.tell(&facts);
        assert_eq!(told.recv().await, Some(HostFact::Disturbed));
    }

    #[tokio::test]
    async fn it_is_told_also_where_everything_waits() {
        let (facts, mut told) = mpsc::channel(1);
        facts.try_send(HostFact::NetworkChanged { usable: true, moved: false }).unwrap();
        Disturbance::default().tell(&facts);
        assert!(told.recv().await.is_some());
        assert_eq!(told.recv().await, Some(HostFact::Disturbed));
    }
}
