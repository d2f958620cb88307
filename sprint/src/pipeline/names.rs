//! Terminals as people name them.

use crate::error::Error;
use crate::model::{Place, Terminal};
use crate::planning::{Called, called};

/// The ids of the terminals that a name means: one, or all who work in one place; none where nobody is
/// called so.
///
/// # Errors
/// When it can mean several, of which none is meant more than the others.
pub fn ids_called(name: &str, terminals: &[Terminal], places: &[Place]) -> Result<Vec<String>, Error> {
    match called(name, terminals, places) {
        Called::Terminal(id) => Ok(vec![id]),
        Called::Several(candidates) => Err(Error::SeveralTerminals { name: name.to_string(), candidates }),
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
pub fn terminals_called(name: &str, terminals: &[Terminal], places: &[Place]) -> Result<Vec<String>, Error> {
    let ids = ids_called(name, terminals, places)?;
    if ids.is_empty() { Err(nobody(name, terminals)) } else { Ok(ids) }
}

pub(super) fn nobody(name: &str, terminals: &[Terminal]) -> Error {
    let mut known: Vec<String> = terminals.iter().map(|terminal| terminal.id.clone()).collect();
    known.dedup();
    Error::NoTerminal { name: name.to_string(), known }
}
