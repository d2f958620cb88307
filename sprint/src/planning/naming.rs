//! Which terminal a person means by a name.

use std::path::Path;

use crate::model::{Place, PlaceId, Terminal};

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// One terminal, by its id.
    Terminal(String),
    /// A place, whether or not terminals are registered there.
    Place(PlaceId),
    /// Several things, each by a name that means it alone.
    Several(Vec<String>),
    /// Nothing that is known.
    Nothing,
}

/// What a name means: a terminal's id, a place, the path of its worktree, its branch, its worktree's
/// folder, an id as people are shown it; the first of these that fits.
pub fn called(name: &str, terminals: &[Terminal], places: &[Place]) -> Called {
    if terminals.iter().any(|terminal| terminal.id == name) {
        return Called::Terminal(name.to_string());
    }
    match place_called(name, places) {
        Called::Nothing => terminal_called(name, terminals.iter().map(|terminal| terminal.id.as_str())),
        found => found,
    }
}

/// What a name means among the ids of terminals: one of them in any case of its letters, for people are
/// shown `Terminal-1`.
fn terminal_called<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> Called {
    let mut fitting: Vec<&str> = ids.filter(|id| id.eq_ignore_ascii_case(name)).collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting[..] {
        [] => Called::Nothing,
        [only] => Called::Terminal(only.to_string()),
        _ if fitting.contains(&name) => Called::Terminal(name.to_string()),
        _ => Called::Several(fitting.into_iter().map(str::to_string).collect()),
    }
}

fn place_called(name: &str, places: &[Place]) -> Called {
    let short = name.strip_prefix("refs/heads/").unwrap_or(name);
    let at = |place: &Place| place.folder().is_some_and(|folder| folder == Path::new(name));
    let folder = |place: &Place| {
        place.folder().and_then(|folder| folder.file_name()).is_some_and(|folder| folder == name)
    };
    let attempts: [&dyn Fn(&Place) -> bool; 4] =
        [&|place| place.name == name, &at, &|place| place.branch.as_deref() == Some(short), &folder];
    let fitting = |fits: &&dyn Fn(&Place) -> bool| -> Vec<PlaceId> {
        (0..places.len()).filter(|place| fits(&places[*place])).collect()
    };
    let found = attempts.iter().map(fitting).find(|found| !found.is_empty()).unwrap_or_default();
    match found[..] {
        [] => Called::Nothing,
        [only] => Called::Place(only),
        _ => Called::Several(found.into_iter().map(|place| places[place].name.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Link;

    fn terminal(id: &str) -> Terminal {
        Terminal {
            id: id.to_string(),
            story: None,
            sessions: Vec::new(),
            link: Link::Declared(String::new()),
            own: None,
            merged: None,
            shares_place: false,
            touched: Vec::new(),
            since_completed: 0,
        }
    }

    fn place(name: &str, worktree: &str, branch: &str) -> Place {
        Place {
            name: name.to_string(),
            worktree: Some(worktree.into()),
            branch: Some(branch.to_string()),
            ..Place::default()
        }
    }

    #[test]
    fn names_mean_ids_first_and_then_places() {
        let terminals = ["terminal-1", "Login", "LOGIN"].map(terminal);
        let places = [place("a/app", "/w/a/app", "one"), place("b/app", "/w/b/app", "two")];
        let called = |name: &str| called(name, &terminals, &places);
        let is = |id: &str| Called::Terminal(id.to_string());
        assert_eq!(called("terminal-1"), is("terminal-1"));
        assert_eq!(called("Terminal-1"), is("terminal-1"));
        assert_eq!(called("LOGIN"), is("LOGIN"));
        assert_eq!(called("login"), Called::Several(vec!["LOGIN".into(), "Login".into()]));
        assert_eq!(called("one"), Called::Place(0));
        assert_eq!(called("refs/heads/two"), Called::Place(1));
        assert_eq!(called("/w/b/app"), Called::Place(1));
        assert_eq!(called("b/app"), Called::Place(1));
        assert_eq!(called("app"), Called::Several(vec!["a/app".into(), "b/app".into()]));
        assert_eq!(called("nobody"), Called::Nothing);
    }
}
