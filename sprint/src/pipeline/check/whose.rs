//! Whose work is checked: the place that is meant, and the terminal that works there.

use crate::error::Error;
use crate::model::{CheckQuestion, Declared, Facts, Link, PlaceId, Terminal};
use crate::pipeline::Workspace;
use crate::pipeline::names::nobody;
use crate::planning::{self, Called};

/// The place that is meant, and the terminal's id where one is: a terminal's, one by its name, or the one
/// of the starting folder.
pub(super) fn own_place(
    workspace: &Workspace,
    declared: &Declared,
    question: &CheckQuestion,
) -> Result<(PlaceId, Option<String>), Error> {
    let Declared { places, terminals, .. } = declared;
    let Some(asked) = &question.terminal else {
        let here = workspace.repository.current_worktree();
        let found = places.iter().position(|place| here.is_some() && place.worktree.as_deref() == here);
        return found.map(|place| (place, None)).ok_or(Error::NoWorktreeHere);
    };
    let id = match planning::called(asked, terminals, places) {
        Called::Terminal(id) => id,
        Called::Place(place) => return Ok((place, None)),
        Called::Several(candidates) => {
            return Err(Error::SeveralTerminals { name: asked.clone(), candidates });
        }
        Called::Nothing => return Err(nobody(asked, terminals)),
    };
    let named: Vec<&Terminal> = terminals.iter().filter(|terminal| terminal.id == id).collect();
    if let Some(place) = named.iter().find_map(|terminal| terminal.place()) {
        return Ok((place, Some(id)));
    }
    let why = named.iter().find_map(|terminal| match &terminal.link {
        Link::Place(_) => None,
        Link::Declared(why) => Some(why.clone()),
        Link::Gone(what) => Some(format!("{what} does not exist")),
    });
    let Declared { target, repeated, .. } = declared;
    let relink = |own: &&Terminal| planning::relink(own, terminals, places, target, repeated).to_string();
    let fix = named.first().map(relink).unwrap_or_default();
    Err(Error::NotLinked { terminal: id, why: why.unwrap_or_default(), fix })
}

/// The terminal that is checked.
pub(super) struct CheckedTerminal {
    /// Its index.
    pub terminal: usize,
    /// Whether it stands for all who work in the place.
    pub whole_place: bool,
    /// Where it stands for several: all of them, by their indexes, and whether each goes on.
    pub there: Vec<(usize, bool)>,
}

/// The facts with the terminal that is checked. Where nobody works in the place, or several do and none of
/// them was named, one is made of the place.
pub(super) fn with_subject(facts: Facts, place: PlaceId, named: Option<&str>) -> (Facts, CheckedTerminal) {
    let at_work = facts.at_work(place);
    let is_at_work = |at: &usize| at_work.iter().any(|one| std::ptr::eq(*one, &facts.terminals[*at]));
    let at_work: Vec<usize> = (0..facts.terminals.len()).filter(is_at_work).collect();
    let Facts { mut terminals, .. } = facts;
    let there: Vec<usize> = (0..terminals.len()).filter(|at| terminals[*at].place() == Some(place)).collect();
    let is_named = |at: &&usize| Some(terminals[**at].id.as_str()) == named;
    let subject = match (there.iter().find(is_named), &there[..]) {
        (Some(at), _) => CheckedTerminal { terminal: *at, whole_place: false, there: Vec::new() },
        (None, [only]) => CheckedTerminal { terminal: *only, whole_place: true, there: Vec::new() },
        (None, _) => {
            terminals.push(made_of(&terminals, (&there, &at_work), place, &facts.places[place].name));
            let there = there.iter().map(|at| (*at, at_work.contains(at))).collect();
            CheckedTerminal { terminal: terminals.len() - 1, whole_place: true, there }
        }
    };
    (Facts { terminals, ..facts }, subject)
}

/// One terminal of all those `there`, who work in one place: it speaks for those who are at work.
fn made_of(
    terminals: &[Terminal],
    (there, at_work): (&[usize], &[usize]),
    place: PlaceId,
    name: &str,
) -> Terminal {
    let (speaking, over): (Vec<usize>, Vec<usize>) = there.iter().partition(|at| at_work.contains(at));
    let mut names: Vec<&str> = speaking.iter().map(|at| terminals[*at].id.as_str()).collect();
    names.dedup();
    let mut stories: Vec<_> = speaking.iter().map(|at| terminals[*at].story.clone()).collect();
    stories.dedup();
    let mut touched: Vec<_> = there.iter().flat_map(|at| terminals[*at].touched.clone()).collect();
    touched.sort_by(|a, b| a.path.cmp(&b.path));
    touched.dedup_by(|a, b| a.path == b.path);
    Terminal {
        id: if names.is_empty() { name.to_string() } else { names.join(", ") },
        story: if stories.len() == 1 { stories.pop().flatten() } else { None },
        sessions: speaking.iter().chain(&over).flat_map(|at| terminals[*at].sessions.clone()).collect(),
        link: Link::Place(place),
        own: None,
        merged: there.iter().find_map(|at| terminals[*at].merged),
        shares_place: false,
        touched,
        since_completed: 0,
    }
}
