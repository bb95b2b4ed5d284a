//! How many connections there can be.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Peer;

/// Connections of one process: a program that runs wild leaves room for the others.
const MOST_PER_PROCESS: usize = 8;
/// Connections of one user: it leaves room for the others.
const MOST_PER_USER: usize = 32;
/// Connections of all.
const MOST: usize = 128;
/// How many of these only root can have: somebody must be able to end the others.
const FOR_ROOT: usize = 8;

/// Who holds the connections that are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Arc<Mutex<Vec<Holder>>>);

/// A process of a user.
type Holder = (u32, Option<i32>);

impl Seats {
    /// A place for one more connection of `peer`, unless there are too many.
    pub(super) fn take(&self, peer: &Peer) -> Option<Seat> {
        self.take_for((peer.uid, peer.pid))
    }

    fn take_for(&self, holder: Holder) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_process = taken.iter().filter(|one| **one == holder).count();
        let of_user = taken.iter().filter(|one| one.0 == holder.0).count();
        let (most, most_per_user) = match holder.0 {
            0 => (MOST, MOST),
            _ => (MOST - FOR_ROOT, MOST_PER_USER),
        };
        if taken.len() >= most || of_user >= most_per_user || of_process >= MOST_PER_PROCESS {
            return None;
        }
        taken.push(holder);
        Some(Seat { seats: self.clone(), holder })
    }
}

/// Free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    holder: Holder,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = taken.iter().position(|one| *one == self.holder) {
            taken.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand are let in.
    fn crowd(seats: &Seats, uid: u32, processes: i32) -> Vec<Seat> {
        (0..1000).filter_map(|n| seats.take_for((uid, Some(n % processes)))).collect()
    }

    #[test]
    fn nobody_takes_the_others_room() {
        let seats = Seats::default();
        let one = crowd(&seats, 1000, 1);
        assert_eq!(one.len(), MOST_PER_PROCESS);
        let all = crowd(&seats, 1000, 100);
        assert_eq!(one.len() + all.len(), MOST_PER_USER);
        let rest: Vec<_> = (1001..1100).flat_map(|uid| crowd(&seats, uid, 100)).collect();
        assert_eq!(one.len() + all.len() + rest.len(), MOST - FOR_ROOT);
        assert_eq!(crowd(&seats, 0, 100).len(), FOR_ROOT);
        drop(rest);
        assert!(seats.take_for((1001, Some(1))).is_some());
    }
}
