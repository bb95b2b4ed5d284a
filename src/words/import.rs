//! What an import finds, in sentences.

use culvert_profiles::Format;
use culvert_profiles::import::{Reason, Refusal};

use crate::Words;

impl Words {
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
