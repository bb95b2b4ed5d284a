//! The page on which a network wants a person to sign in.

use culvert_ipc::{Outcome, Refusal, Request};
use culvert_model::{SignIn, Status};
use iced::Task;

use super::{App, Message};
use crate::link::{self, Trouble};
use crate::scene;

impl App {
    /// Has the way to the network's sign-in page opened, and then the page.
    pub(super) fn sign_in(&mut self) -> Task<Message> {
        self.wants_page = true;
        self.is_busy = true;
        let is_down = |status: &&Status| !scene::is_down(status);
        let connection = self.status().filter(is_down).map(|status| status.connection);
        link::ask(Request::SignIn { connection }).map(Message::SignInAnswered)
    }

    pub(super) fn after_sign_in(&mut self, answer: Result<Outcome, Trouble>) -> Task<Message> {
        if let Ok(Outcome::Refused(Refusal::NothingClosed)) = answer {
            // Nothing of ours is in the way.
            self.is_busy = false;
            self.wants_page = false;
            let page = self.status().and_then(scene::sign_in_page).map(ToOwned::to_owned);
            return page.map_or(Task::none(), open_page);
        }
        if !matches!(answer, Ok(Outcome::Done | Outcome::Started { .. })) {
            // What opens later was not asked for here.
            self.wants_page = false;
        }
        self.take_answer(answer);
        self.show_page()
    }

    /// Opens the sign-in page once, when the way to it is open.
    pub(super) fn show_page(&mut self) -> Task<Message> {
        let open = self.told.as_ref().and_then(|told| told.protection.sign_in.as_ref());
        match open {
            Some(SignIn::Open { page, .. }) if self.wants_page => {
                let page = page.clone();
                self.wants_page = false;
                open_page(page)
            }
            _ => Task::none(),
        }
    }

    /// Whether the way to a network's sign-in page is open.
    pub(super) fn is_page_open(&self) -> bool {
        let open = self.told.as_ref().and_then(|told| told.protection.sign_in.as_ref());
        matches!(open, Some(SignIn::Open { .. }))
    }
}

/// Shows `page` in the person's browser: it is the network's word, so that nothing but a page of the web is shown.
fn open_page(page: String) -> Task<Message> {
    let is_web = page.starts_with("http://") || page.starts_with("https://");
    if !is_web || page.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Task::none();
    }
    let open = async move {
        let opening = move || open::that_detached(page).map_err(|error| error.to_string());
        tokio::task::spawn_blocking(opening).await.unwrap_or(Ok(()))
    };
    Task::perform(open, Message::PageOpened)
}
