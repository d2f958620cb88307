//! What to run so that a session that has no place in git gets one.

use std::fmt;
use std::path::Path;

use crate::model::{Facts, Link, Place, PlaceId, Session, Target, Terminal, own_command, shell_word};

/// Commands that give a session its place; each can be run as it is, in the main worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relink {
    /// One of these: each names a place in which no session works.
    Choose(Vec<String>),
    /// There is no such place: this makes the one that is missing.
    Make(String),
    /// Its branch is gone, with work: this makes it again where it was last seen.
    Restore(String),
    /// It works in another clone, which shares it under this name.
    Elsewhere(String),
}

impl Relink {
    /// The commands, one of which is to be run.
    pub fn commands(&self) -> &[String] {
        match self {
            Relink::Choose(commands) => commands,
            Relink::Make(command) | Relink::Restore(command) => std::slice::from_ref(command),
            Relink::Elsewhere(_) => &[],
        }
    }
}

impl fmt::Display for Relink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relink::Choose(_) | Relink::Make(_) | Relink::Restore(_) => {
                f.write_str(&self.commands().join(" or "))
            }
            Relink::Elsewhere(name) => write!(f, "look at {name}: another clone shares it"),
        }
    }
}

/// How a registered terminal that is not linked, or to a place that is gone, gets its place again.
/// `repeated`: the options that a command has to repeat.
pub fn relink(
    terminal: &Terminal,
    terminals: &[Terminal],
    places: &[Place],
    target: &Target,
    repeated: &str,
) -> Relink {
    let is_shared = |place: &&Place| {
        let is_of_clone = place.elsewhere.as_ref().is_some_and(|known| known.shared.is_some());
        is_of_clone && place.name.rsplit('/').next() == Some(&terminal.id)
    };
    if let Some(shared) = places.iter().find(is_shared) {
        return Relink::Elsewhere(shared.name.clone());
    }
    if let Some(command) = restoring(terminal, places) {
        return Relink::Restore(command);
    }
    let is_used =
        |at: PlaceId| terminals.iter().any(|other| other.place() == Some(at) && !other.sessions.is_empty());
    let is_target = |place: &Place| target.branch().is_some() && place.branch.as_deref() == target.branch();
    // where another one that has no place was seen last, that one works
    let of_other = |place: &Place| {
        let is_of = |one: &Terminal| {
            place.branch.is_some() && one.says(|session| session.seen_branch.clone()) == place.branch
        };
        let mut others = terminals.iter().filter(|other| other.id != terminal.id && other.place().is_none());
        !is_of(terminal) && others.any(is_of)
    };
    let free = places.iter().enumerate().filter(|(at, place)| {
        !place.main && place.broken.is_none() && !is_target(place) && !is_used(*at) && !of_other(place)
    });
    let commands: Vec<String> =
        free.filter_map(|(_, place)| linking(terminal, terminals, places, place, repeated)).collect();
    if commands.is_empty() { Relink::Make(make(terminal)) } else { Relink::Choose(commands) }
}

/// The command that brings a terminal's branch back to where its work was last seen, if it is gone, or moved away from
/// there, with work that the target is not known to have.
pub fn restoring(terminal: &Terminal, places: &[Place]) -> Option<String> {
    if let (Some(head), Some(place)) = (terminal.lost_commit(), terminal.place()) {
        let place = &places[place];
        return Some(match (&place.worktree, &place.branch) {
            (None, Some(branch)) => format!("git branch --force {} {head}", shell_word(branch)),
            (Some(_), _) | (None, None) => format!("{} reset --keep {head}", place.git()),
        });
    }
    let had_commits = |session: &Session| session.seen_commits || session.lost_merge.is_some();
    if terminal.place().is_some() || !terminal.is_lost() || !terminal.sessions.iter().any(had_commits) {
        return None;
    }
    // what cannot be read cannot be brought back
    let head = terminal.says(|session| session.seen_head.filter(|_| session.head_is_here != Some(false)))?;
    let is_free = |name: &String| !places.iter().any(|place| place.branch.as_ref() == Some(name));
    let branch = terminal.says(|session| session.seen_branch.clone());
    let name = branch.into_iter().chain([terminal.id.clone()]).find(is_free)?;
    Some(format!("git branch {} {head}", shell_word(name)))
}

/// Why the work of a terminal is held, of which the commits that it was seen with are lost: with its place, or by what was
/// done to its branch.
pub fn lost_work(terminal: &Terminal, facts: &Facts) -> Option<String> {
    let command = restoring(terminal, &facts.places)?;
    let target = &facts.target.name;
    if terminal.lost_commit().is_none() {
        let gone = match &terminal.link {
            Link::Gone(what) => format!("{what} does not exist"),
            Link::Place(_) | Link::Declared(_) => "its branch and worktree are not here".to_string(),
        };
        return Some(format!(
            "{gone}, and {target} does not have the commits that it was seen with; to bring them back: {command}"
        ));
    }
    Some(format!(
        "nothing holds the commits that it was seen with any more, and {target} does not have them; to bring them back: {command}"
    ))
}

/// The command that links a terminal to a place.
pub fn linking(
    terminal: &Terminal,
    terminals: &[Terminal],
    places: &[Place],
    place: &Place,
    repeated: &str,
) -> Option<String> {
    Some(update(terminal, terminals, &place_flags(terminal, place, root(places))?, repeated))
}

/// The main worktree, in which the commands are run.
fn root(places: &[Place]) -> Option<&Path> {
    places.iter().find(|place| place.main).and_then(|place| place.worktree.as_deref())
}

fn update(terminal: &Terminal, terminals: &[Terminal], flags: &str, repeated: &str) -> String {
    let has_several = terminals.iter().filter(|other| other.id == terminal.id).count() > 1;
    let story = terminal.story.as_ref().filter(|_| has_several);
    let story = story.map_or(String::new(), |story| format!(" --story {}", shell_word(story.as_str())));
    own_command(&format!("update {}{story} {flags}", shell_word(&terminal.id)), repeated)
}

/// What names a place, and takes out of the session what named another.
fn place_flags(terminal: &Terminal, place: &Place, root: Option<&Path>) -> Option<String> {
    let clear = |flag: &str, of: fn(&Session) -> Option<&String>| match terminal.says(of) {
        Some(_) => format!(" {flag} ''"),
        None => String::new(),
    };
    // a folder that does not exist is nowhere to work in
    let folder = place.worktree.as_ref().or_else(|| place.folder().filter(|_| place.branch.is_none()));
    match (folder, &place.branch) {
        (Some(folder), _) => {
            let beside = root.and_then(Path::parent).and_then(|parent| folder.strip_prefix(parent).ok());
            let path = beside.map_or(folder.clone(), |rest| Path::new("..").join(rest));
            let path = shell_word(path);
            Some(format!("--worktree {path}{}", clear("--branch", |session| session.branch.as_ref())))
        }
        (None, Some(branch)) => {
            let clear = clear("--worktree", |session| session.worktree.as_ref());
            Some(format!("--branch {}{clear}", shell_word(branch)))
        }
        (None, None) => None,
    }
}

/// The command that makes the place that the session names, or one with the terminal's name.
fn make(terminal: &Terminal) -> String {
    let worktree = terminal.says(|session| session.worktree.as_ref());
    match (worktree, terminal.says(|session| session.branch.as_ref())) {
        (Some(path), _) if path.contains('/') => format!("git worktree add {}", shell_word(path)),
        (None, Some(branch)) => {
            let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            format!("git branch {}", shell_word(short))
        }
        (name, _) => {
            let name = name.unwrap_or(&terminal.id);
            format!("git worktree add {}", shell_word(format!("../{name}")))
        }
    }
}
