//! `chap-secrets` and `pap-secrets`: who, where, and the secret.

use culvert_model::Secret;

use super::words;
use crate::import::Found;

/// The secrets of the files that were given.
#[derive(Default)]
pub(in crate::import) struct Secrets(Vec<Line>);

struct Line {
    client: String,
    server: String,
    secret: Secret,
}

impl Secrets {
    /// Whether this is a file of secrets: by its name, for it has no other mark than its first line.
    pub(in crate::import) fn is_one(name: &str, text: &str) -> bool {
        let is_named = name.ends_with("-secrets") && !super::is_peer(text);
        is_named || text.starts_with("# Secrets for authentication")
    }

    /// Takes in a file.
    pub(in crate::import) fn take(&mut self, text: &str) {
        for line in words::lines(text).unwrap_or_default() {
            let [client, server, secret, ..] = line.as_slice() else { continue };
            // That would be a file with the secret in it.
            if !secret.text.starts_with('@') {
                let secret = Secret::new(secret.text.clone());
                self.0.push(Line { client: client.text.clone(), server: server.text.clone(), secret });
            }
        }
    }

    /// How many there are.
    pub(in crate::import) fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives this connection its secret, if there is one: the line with the fewest wildcards, as pppd chooses.
    pub(in crate::import) fn give_to(&self, found: &mut Found, remote: Option<&str>) {
        let profile = &found.saved.profile;
        // What pptpsetup wrote with one backslash, pppd reads otherwise: here and in the peers file alike.
        let names = [profile.login_name(), profile.login_name().replace('\\', "")];
        let is_client = |line: &&Line| {
            line.client == "*" || names.contains(&line.client) || is_same(&line.client, &names[0])
        };
        let is_server =
            |line: &&Line| line.server == "*" || remote.is_none_or(|remote| line.server == remote);
        let wildcards = |line: &&Line| usize::from(line.client == "*") + usize::from(line.server == "*");
        let best = self.0.iter().filter(is_client).filter(is_server).min_by_key(wildcards);
        if let Some(line) = best.filter(|line| found.password.is_none() && !line.secret.expose().is_empty()) {
            found.password = Some(line.secret.clone());
        }
    }
}

/// Whether pppd read `read` where `meant` was written with a backslash that it took for an escape.
fn is_same(read: &str, meant: &str) -> bool {
    let words = words::lines(meant).unwrap_or_default();
    words.first().and_then(|line| line.first()).is_some_and(|word| word.text == read)
}
