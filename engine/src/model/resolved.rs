//! What became of a tracking file with the marks of a merge.

use std::fmt;

use serde_json::Value as Json;

use super::few;

/// A tracking file whose merge was not concluded, and what is left to do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedFile {
    /// Its name.
    pub name: String,
    /// The values that both sides changed to different ones; they are still between markers.
    pub left: Vec<BothValues>,
    /// Why it is as it was.
    pub unresolved: Option<String>,
}

impl ResolvedFile {
    /// Whether nothing is left to decide.
    pub fn is_settled(&self) -> bool {
        self.left.is_empty() && self.unresolved.is_none()
    }
}

/// A value that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BothValues {
    /// The keys that lead to it, with dots between them.
    pub at: String,
    /// Our value, as JSON; `None` where we removed it.
    pub ours: Option<String>,
    /// Theirs.
    pub theirs: Option<String>,
}

impl BothValues {
    /// The values in words, ours first.
    pub fn in_words(&self) -> [String; 2] {
        let sides = [&self.ours, &self.theirs];
        let sides = sides.map(|side| side.as_ref().map(|text| serde_json::from_str::<Json>(text)));
        let differs = |key: &str| {
            let [ours, theirs] = sides.each_ref().map(|side| match side {
                Some(Ok(value)) => value.get(key),
                Some(Err(_)) | None => None,
            });
            ours != theirs
        };
        [0, 1].map(|side| match (&sides[side], [&self.ours, &self.theirs][side]) {
            (Some(Ok(value)), _) => words(value, &differs),
            (Some(Err(_)), Some(text)) => text.clone(),
            (Some(Err(_)) | None, _) => "removed".to_string(),
        })
    }

    /// The name that two sessions have, where both sides registered it for different work.
    pub fn session(&self) -> Option<&str> {
        let name = self.at.strip_prefix("sessions.")?;
        let is_whole = |side: &Option<String>| side.as_ref().is_some_and(|text| text.starts_with('{'));
        (is_whole(&self.ours) && is_whole(&self.theirs)).then_some(name)
    }
}

/// A value in words; of a mapping, what `differs` from the other side.
fn words(value: &Json, differs: &dyn Fn(&str) -> bool) -> String {
    let Json::Object(fields) = value else { return value.to_string() };
    let field = |(key, value): (&String, &Json)| match value {
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(Json::to_string).collect();
            format!("{key} {}", few(&items))
        }
        Json::Object(_) => key.clone(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => format!("{key} {value}"),
    };
    let told: Vec<String> = fields.iter().filter(|(key, _)| differs(key)).map(field).collect();
    if told.is_empty() { "the same".to_string() } else { told.join(", ") }
}

impl fmt::Display for BothValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [ours, theirs] = self.in_words();
        match self.session() {
            None => write!(f, "{}: {ours} here, {theirs} there", self.at),
            Some(name) => write!(
                f,
                "both sides registered {name} for different work: {ours} here; {theirs} there. Keep one of the two between the markers, and once the merge is made register the other again under a name of its own (track-work register --terminal NAME)"
            ),
        }
    }
}
