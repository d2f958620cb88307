//! Terminals as people name them.

use crate::error::Failure;
use crate::model::{Place, Terminal, few};
use crate::planning::{Called, called};

/// The ids of the terminals that a name means: one, or all who work in one place; none where nobody is
/// called so.
///
/// # Errors
/// When it can mean several, of which none is meant more than the others.
pub fn ids_called(name: &str, terminals: &[Terminal], places: &[Place]) -> Result<Vec<String>, Failure> {
    match called(name, terminals, places) {
        Called::Terminal(id) => Ok(vec![id]),
        Called::Several(names) => Err(several(name, &names)),
        Called::Nothing => Ok(Vec::new()),
        Called::Place(place) => {
            let there = terminals.iter().filter(|terminal| terminal.place() == Some(place));
            let mut ids: Vec<String> = there.map(|terminal| terminal.id.clone()).collect();
            ids.dedup();
            Ok(ids)
        }
    }
}

/// The same, and there is one at least.
///
/// # Errors
/// As there, and when nobody is called so.
pub fn terminals_called(
    name: &str,
    terminals: &[Terminal],
    places: &[Place],
) -> Result<Vec<String>, Failure> {
    let ids = ids_called(name, terminals, places)?;
    match ids.is_empty() {
        true => Err(nobody(name, terminals)),
        false => Ok(ids),
    }
}

pub(super) fn several(name: &str, meant: &[String]) -> Failure {
    Failure::new(format!("{name} can mean several terminals: {}", meant.join(", ")))
        .help("name one of these, exactly as it is written here")
}

pub(super) fn nobody(name: &str, terminals: &[Terminal]) -> Failure {
    let mut known: Vec<&str> = terminals.iter().map(|terminal| terminal.id.as_str()).collect();
    known.dedup();
    let known = if known.is_empty() { "none".to_string() } else { few(&known) };
    Failure::new(format!("there is no terminal {name}"))
        .help(format!("there are {known}; see track-work status"))
}
