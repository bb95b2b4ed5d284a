//! What belongs to the present state, and goes with it.

use std::time::{Duration, Instant};

use culvert_model::{State, Status};
use iced::Task;

use super::{App, Asks, Message, Page};
use crate::link::Told;
use crate::shelf::Kept;

/// A step of connecting takes no longer, mostly.
const SLOW: Duration = Duration::from_secs(5);

impl App {
    /// What is left of milliseconds that the present status told.
    pub(crate) fn left(&self, told: u64) -> u64 {
        left(told, self.heard)
    }

    /// What is left of milliseconds that were told of what stands around it.
    pub(crate) fn left_around(&self, told: u64) -> u64 {
        left(told, self.read)
    }

    /// Whether the present step of connecting takes longer than steps do.
    pub(crate) fn is_slow(&self) -> bool {
        self.heard.elapsed() >= SLOW
    }

    /// Whether a password is asked for.
    pub(super) fn is_asked(&self) -> bool {
        let is_asked = |status: &Status| matches!(status.state, State::Connecting { question: Some(_), .. });
        self.status().is_some_and(is_asked)
    }

    /// Seconds that have passed by now, where the present status told so many milliseconds.
    pub(crate) fn since(&self, told: u64) -> u64 {
        let told = Duration::from_millis(told);
        told.saturating_add(self.heard.elapsed()).as_secs()
    }

    /// Lets go of what belongs to another state than the present one.
    pub(super) fn settle(&mut self) {
        let (is_connecting, is_asked) = match self.status().map(|status| &status.state) {
            Some(State::Connecting { question, .. }) => (true, question.is_some()),
            _ => (false, false),
        };
        if !is_asked {
            // A password belongs to the question that it was typed for.
            self.drop_reply();
        }
        if !is_connecting {
            self.given = None;
        }
        if !self.is_up() && !matches!(self.asks, Some(Asks::Unsaved(_))) {
            self.asks = None;
        }
    }

    /// Lets go of everything that was on its way when the helper was lost.
    pub(super) fn forget(&mut self) {
        self.settle();
        self.next = None;
        self.wants_page = false;
    }

    /// Looks at a connection that is new, by whomever it was asked for; the person may look at another one after that.
    pub(super) fn follow(&mut self) {
        let Some(status) = self.status() else { return };
        if self.kept.is_none() || self.followed == Some(status.connection) {
            return;
        }
        let (connection, pick) = (status.connection, self.pick_for(status));
        self.followed = Some(connection);
        pick.into_iter().for_each(|pick| self.pick(pick));
    }

    /// What is paused is what the screen is about, whatever was chosen in the list.
    pub(super) fn choose_paused(&mut self) {
        let is_paused = |status: &&Status| matches!(status.state, State::Blocked { .. });
        let pick = self.status().filter(is_paused).and_then(|status| self.pick_for(status));
        pick.into_iter().for_each(|pick| self.pick(pick));
    }

    /// Whoever has nothing yet begins with the form, once it is known what there is.
    pub(super) fn begin_with_form(&mut self) -> Task<Message> {
        let is_known = self.kept.is_some() && (self.told.is_some() || self.trouble.is_some());
        if self.has_begun || !is_known {
            return Task::none();
        }
        self.has_begun = true;
        let is_at_home = matches!(self.page, Page::Home);
        if is_at_home && self.has_nothing() { self.open_form() } else { Task::none() }
    }

    /// Whether nothing is kept, nothing is connected, and nothing is closed.
    fn has_nothing(&self) -> bool {
        let is_empty =
            |kept: &Kept| kept.profiles.is_empty() && kept.unreadable.is_empty() && kept.trouble.is_none();
        let is_free = |told: &Told| told.managed.is_empty() && !told.protection.lockdown;
        self.kept.as_ref().is_some_and(is_empty) && self.told.as_ref().is_none_or(is_free) && !self.is_up()
    }

    /// Whether a password is remembered until the server has taken it.
    #[cfg(test)]
    pub(crate) const fn remembers_password(&self) -> bool {
        self.given.is_some()
    }

    #[cfg(test)]
    pub(crate) const fn wants_page(&self) -> bool {
        self.wants_page
    }
}

fn left(told_ms: u64, since: Instant) -> u64 {
    let passed = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    told_ms.saturating_sub(passed)
}
