//! Whose work is checked: the place that is meant, and the terminal that works there.

use crate::error::Failure;
use crate::model::{CheckQuestion, Link, Place, PlaceId, Terminal};
use crate::pipeline::Workspace;
use crate::pipeline::names::{nobody, several};
use crate::planning::{self, Called};

impl Workspace {
    /// The place that is meant, and the terminal's id where one is: a terminal's, one by its name, or
    /// the one of the starting folder.
    pub(super) fn own_place(
        &self,
        places: &[Place],
        terminals: &[Terminal],
        question: &CheckQuestion,
    ) -> Result<(PlaceId, Option<String>), Failure> {
        let Some(asked) = &question.terminal else {
            let here = self.repository.current_worktree();
            let found = places.iter().position(|place| here.is_some() && place.worktree.as_deref() == here);
            return found.map(|place| (place, None)).ok_or_else(|| {
                Failure::new("this folder belongs to no worktree, so whose work to check is not known")
                    .help("say it: --terminal ID, or -C PATH to start in a worktree")
            });
        };
        let id = match planning::called(asked, terminals, places) {
            Called::Terminal(id) => id,
            Called::Place(place) => return Ok((place, None)),
            Called::Several(names) => return Err(several(asked, &names)),
            Called::Nothing => return Err(nobody(asked, terminals)),
        };
        let named: Vec<&Terminal> = terminals.iter().filter(|one| one.id == id).collect();
        if let Some(place) = named.iter().find_map(|one| one.place()) {
            return Ok((place, Some(id)));
        }
        let why = named.iter().find_map(|one| match &one.link {
            Link::Place(_) => None,
            Link::Declared(why) => Some(why.clone()),
            Link::Gone(what) => Some(format!("{what} is gone")),
        });
        Err(Failure::new(format!("{id} is not linked to git: {}", why.unwrap_or_default()))
            .help(format!("track-work update {id} --worktree PATH (or --branch NAME)")))
    }
}

/// The terminal that is checked, and whether it stands for all who work in the place. Where nobody
/// does, or several do and none of them was named, one is made of the place.
pub(super) fn subject(
    terminals: &mut Vec<Terminal>,
    places: &[Place],
    place: PlaceId,
    named: Option<&str>,
) -> (usize, bool) {
    let there: Vec<usize> = (0..terminals.len()).filter(|at| terminals[*at].place() == Some(place)).collect();
    let is_named = |at: &&usize| Some(terminals[**at].id.as_str()) == named;
    if let Some(at) = there.iter().find(is_named) {
        return (*at, false);
    }
    if let [only] = there[..] {
        return (only, true);
    }
    let mut names: Vec<&str> = there.iter().map(|at| terminals[*at].id.as_str()).collect();
    names.dedup();
    let id = if names.is_empty() { places[place].name.clone() } else { names.join(", ") };
    let mut touched: Vec<_> = there.iter().flat_map(|at| terminals[*at].touched.clone()).collect();
    touched.sort_by(|a, b| a.path.cmp(&b.path));
    touched.dedup_by(|a, b| a.path == b.path);
    let made = Terminal {
        id,
        story: there.iter().find_map(|at| terminals[*at].story.clone()),
        sessions: there.iter().flat_map(|at| terminals[*at].sessions.clone()).collect(),
        link: Link::Place(place),
        shares_place: false,
        touched,
    };
    terminals.push(made);
    (terminals.len() - 1, true)
}
