//! What an import finds, in sentences.

use std::collections::BTreeSet;

use culvert_profiles::Format;
use culvert_profiles::import::{Reason, Refusal, Remark, Treatment};

use crate::{Word, Words};

/// So many keys are named of what all goes the same way; the rest is counted.
const MOST_KEYS: usize = 12;

impl Words {
    /// What became of the lines of one connection. What is not as it stood there has a sentence for each line; of what
    /// goes the same way for the same reason, the keys share one.
    pub fn remarks(&self, remarks: &[Remark]) -> Vec<String> {
        let keys = |treatment| {
            let mut keys: Vec<_> = remarks
                .iter()
                .filter(|remark| remark.treatment == treatment)
                .map(|remark| remark.key.as_str())
                .collect();
            let mut seen = BTreeSet::new();
            keys.retain(|key| seen.insert(*key));
            keys
        };
        let alike = |word, treatment, reason: &str| {
            let keys = keys(treatment);
            let keys = (!keys.is_empty()).then(|| self.keys(&keys))?;
            Some(self.say(word, &[("keys", &keys), ("reason", reason)]))
        };
        let used = alike(Word::ImportUsed, Treatment::Used, "");
        let changed = remarks.iter().filter_map(|remark| match remark.treatment {
            Treatment::Changed(reason) => {
                let (line, reason) = (remark.line.to_string(), self.reason(reason));
                let names = [("line", &*line), ("key", &remark.key), ("reason", &reason)];
                Some(self.say(Word::ImportChanged, &names))
            }
            _ => None,
        });
        let ignored = Reason::ALL.iter().filter_map(|reason| {
            alike(Word::ImportIgnored, Treatment::Ignored(*reason), &self.reason(*reason))
        });
        let kept = alike(Word::ImportKept, Treatment::Kept, "");
        used.into_iter().chain(changed).chain(ignored).chain(kept).collect()
    }

    fn keys(&self, keys: &[&str]) -> String {
        let (named, more) = keys.split_at(keys.len().min(MOST_KEYS));
        let named = named.join(", ");
        match more.len() {
            0 => named,
            more => self.say(Word::ImportMore, &[("keys", &named), ("more", &more.to_string())]),
        }
    }

    /// Why a line is not taken as it is.
    pub fn reason(&self, reason: Reason) -> String {
        self.find(&format!("import-reason-{}", reason.as_str()), None, &[]).unwrap_or_default()
    }

    /// What programs call the format, and where it is found.
    pub fn format(&self, format: Format) -> String {
        self.find(&format!("format-{}", format.as_str()), None, &[]).unwrap_or_default()
    }

    /// Why something is not taken.
    pub fn refusal(&self, refusal: &Refusal) -> String {
        let (line, why) = match refusal {
            Refusal::Syntax { line, what } => (line.to_string(), what.clone()),
            Refusal::Server(error) => (String::new(), error.to_string()),
            Refusal::Field(unusable) => (String::new(), unusable.field.to_owned()),
            Refusal::OtherVpn(kind) => (String::new(), kind.clone()),
            _ => Default::default(),
        };
        let names = [("line", line.as_str()), ("why", &why), ("kind", &why), ("field", &why)];
        self.find(&format!("import-refusal-{}", refusal.as_str()), None, &names).unwrap_or_default()
    }
}
