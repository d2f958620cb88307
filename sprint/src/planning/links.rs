//! Who is where: from sessions and places to terminals.
//!
//! Rules, in this order: the session's own `branch` or `worktree`; the one place whose folder or
//! branch carries the terminal's name, or else the story's id; otherwise where the last synchronization
//! found its work, which also stands in for a `branch` or `worktree` that is gone, and then the branch with the name of a
//! folder that is gone. The story goes before
//! a terminal's name that was given automatically (`terminal-1`) and coincides with the name of another
//! story's place.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use globset::GlobSet;

use crate::model::{
    Change, Declared, Elsewhere, Hunks, Known, Link, Mode, Place, PlaceId, Reason, RepoPath, Session,
    StoryId, StoryIndex, Target, Terminal, Tip, Touched, TrackingFile, is_meant_path, natural_order,
    path_globs,
};

use super::words::carries;

/// The folder that a written path leads to, through links too.
type FolderOf<'a> = &'a dyn Fn(&str) -> PathBuf;

/// Joins sessions and places to terminals, in natural order of their ids, before anybody's work is
/// looked at.
///
/// `folder` is what a session's `worktree` names: it may be relative to the main worktree. A place without a
/// session is a terminal too, but for the main worktree, which counts once it has something to
/// merge: uncommitted work, or a branch that is not the target.
pub fn link(
    files: &[TrackingFile],
    places: &[Place],
    target: &Target,
    stories: &StoryIndex,
    folder: FolderOf,
) -> Vec<Terminal> {
    let unseen: Vec<Known<Tip>> = places.iter().map(|_| Known::Unknown(Reason::NotLookedAt)).collect();
    let sessions = files.iter().flat_map(|file| &file.sessions);
    with_places(join_sessions(sessions, places, stories, folder), places, &unseen, target)
}

/// The declared terminals with what their places show that they touched.
pub fn seen(declared: &Declared, tips: &[Known<Tip>]) -> Vec<Terminal> {
    let registered = declared.terminals.iter().filter(|terminal| !terminal.sessions.is_empty());
    with_places(registered.cloned().collect(), &declared.places, tips, &declared.target)
}

/// These terminals with those places that none of them works in, and the paths that each touched.
fn with_places(
    mut terminals: Vec<Terminal>,
    places: &[Place],
    tips: &[Known<Tip>],
    target: &Target,
) -> Vec<Terminal> {
    let linked: HashSet<PlaceId> = terminals.iter().filter_map(Terminal::place).collect();
    let mut used: HashSet<String> = terminals.iter().map(|terminal| terminal.id.clone()).collect();
    for (id, place) in places.iter().enumerate() {
        if !linked.contains(&id) && has_own_work(place, &tips[id], target) {
            let name = free_id(place, &used);
            used.insert(name.clone());
            terminals.push(bare_terminal(name, None, Link::Place(id)));
        }
    }
    terminals.sort_by(|a, b| natural_order(&a.id, &b.id).then_with(|| a.story.cmp(&b.story)));
    mark_shared_places(&mut terminals);
    for at in 0..terminals.len() {
        terminals[at].touched = touched(&terminals[at], &terminals, tips);
        terminals[at].merged = terminals[at].merged_work(tips);
    }
    terminals
}

/// The name of a place, or where a terminal that works elsewhere has that id, its branch or its folder in full.
fn free_id(place: &Place, used: &HashSet<String>) -> String {
    if !used.contains(&place.name) {
        return place.name.clone();
    }
    let folder = place.folder().map(|folder| folder.to_string_lossy().into_owned());
    let mut names = place.branch.iter().cloned().chain(folder);
    names.find(|name| !used.contains(name)).unwrap_or_else(|| place.name.clone())
}

/// The other place that a terminal's session can mean, where it names none: its name is the terminal's own, and
/// nobody works there.
pub fn namesake<'a>(terminal: &Terminal, terminals: &[Terminal], places: &'a [Place]) -> Option<&'a Place> {
    let own = terminal.place()?;
    if terminal.sessions.iter().any(|session| session.branch.is_some() || session.worktree.is_some()) {
        return None;
    }
    let is_used =
        |at: PlaceId| terminals.iter().any(|one| one.place() == Some(at) && !one.sessions.is_empty());
    let found = carriers(places, &terminal.id).into_iter().filter(|at| *at != own && !is_used(*at));
    found.map(|at| &places[at]).next()
}

/// Merges are made in the main worktree on the target, so it is a terminal only if it has changes.
fn has_own_work(place: &Place, tip: &Known<Tip>, target: &Target) -> bool {
    let on_target = place.main && target.is_at(place);
    match tip {
        Known::Known(tip) if place.main => {
            let is_unread = |change: &Change| matches!(change.hunks, Hunks::Unknown(_));
            tip.is_dirty() || tip.changes.iter().any(is_unread) || !(on_target || tip.is_settled())
        }
        Known::Known(_) => true,
        // who only asks for names has looked at nobody's work
        Known::Unknown(Reason::NotLookedAt) => !on_target || place.broken.is_some(),
        Known::Unknown(_) => true,
    }
}

fn bare_terminal(id: String, story: Option<StoryId>, link: Link) -> Terminal {
    Terminal {
        id,
        story,
        sessions: Vec::new(),
        link,
        own: None,
        merged: None,
        shares_place: false,
        touched: Vec::new(),
        since_completed: 0,
    }
}

/// One terminal for each id and story; sessions of several files that agree on both come together.
fn join_sessions<'a>(
    sessions: impl Iterator<Item = &'a Session>,
    places: &[Place],
    stories: &StoryIndex,
    folder: FolderOf,
) -> Vec<Terminal> {
    let mut joined: BTreeMap<(String, Option<StoryId>), Terminal> = BTreeMap::new();
    for session in sessions {
        let story = session.story.as_ref().map(|story| stories.resolve(story));
        let found = find_place(session, story.as_ref(), places, folder);
        let key = (session.at.terminal.clone(), story.clone());
        let terminal = joined
            .entry(key)
            .or_insert_with(|| bare_terminal(session.at.terminal.clone(), story, found.clone()));
        if terminal.place().is_none() {
            terminal.link = found;
        }
        terminal.sessions.push(session.clone());
    }
    let mut terminals: Vec<Terminal> = joined.into_values().collect();
    for terminal in &mut terminals {
        terminal.sessions.sort_by_key(|session| session.mode);
    }
    terminals
}

fn find_place(session: &Session, story: Option<&StoryId>, places: &[Place], folder: FolderOf) -> Link {
    let named = named_place(session, story, places, folder);
    match named {
        Link::Place(_) => named,
        Link::Declared(_) | Link::Gone(_) => {
            last_seen(session, places).or_else(|| of_folder(session, places)).map_or(named, Link::Place)
        }
    }
}

/// The branch that is called like the folder that a session names: where that does not exist, git makes a worktree of this
/// branch there.
fn of_folder(session: &Session, places: &[Place]) -> Option<PlaceId> {
    let folder = Path::new(session.worktree.as_ref()?).file_name()?.to_str()?;
    let is_it =
        |place: &Place| !place.main && place.elsewhere.is_none() && place.branch.as_deref() == Some(folder);
    places.iter().position(is_it)
}

/// Where the last synchronization found the work: the branch, or else the worktree that was on it.
fn last_seen(session: &Session, places: &[Place]) -> Option<PlaceId> {
    let on_branch = |branch: &String| places.iter().position(|place| place.branch.as_ref() == Some(branch));
    let in_folder = |folder: &String| {
        let found = places.iter().enumerate().filter(|(_, place)| {
            let name = place.folder().and_then(|folder| folder.file_name());
            !place.main && name.is_some_and(|name| name.to_string_lossy() == folder.as_str())
        });
        let found: Vec<PlaceId> = found.map(|(id, _)| id).collect();
        if let [only] = found[..] { Some(only) } else { None }
    };
    let branch = session.seen_branch.as_ref().and_then(on_branch);
    branch.or_else(|| session.seen_worktree.as_ref().and_then(in_folder))
}

fn named_place(session: &Session, story: Option<&StoryId>, places: &[Place], folder: FolderOf) -> Link {
    if let Some(worktree) = &session.worktree {
        let named = folder(worktree);
        let at = |of: fn(&Place) -> &[PathBuf]| {
            places.iter().position(|place| of(place).iter().any(|top| is_worktree(top, worktree, &named)))
        };
        let found = at(|place| place.worktree.as_slice()).or_else(|| at(|place| &place.deleted));
        let found = found.or_else(|| at(|place| place.moved.as_slice()));
        return found.map_or(Link::Gone(format!("worktree {worktree}")), Link::Place);
    }
    if let Some(branch) = &session.branch {
        let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let is_it = |place: &Place| match &place.elsewhere {
            Some(Elsewhere { shared: Some(_), .. }) => place.name == short,
            Some(elsewhere) => {
                let full = &elsewhere.reference;
                full == short || full.strip_prefix("refs/remotes/") == Some(short)
            }
            None => place.branch.as_deref() == Some(short),
        };
        let found = places.iter().position(is_it);
        return found.map_or(Link::Gone(format!("branch {branch}")), Link::Place);
    }
    let by_terminal = carriers(places, &session.at.terminal);
    let by_story = story.map_or_else(Vec::new, |story| carriers_of_story(places, story));
    match (&by_terminal[..], &by_story[..]) {
        ([coincidence], [own])
            if is_automatic(&session.at.terminal)
                && (session.mode == Mode::Inter || names_a_story(&places[*coincidence])) =>
        {
            return Link::Place(*own);
        }
        ([only], _) => return Link::Place(*only),
        ([_, _, ..], _) => return several(places, &by_terminal, &session.at.terminal),
        ([], _) => {}
    }
    let Some(story) = story else {
        return Link::Declared(format!("no worktree or branch has {} in its name", session.at.terminal));
    };
    match by_story[..] {
        [only] => Link::Place(only),
        [] => Link::Declared(format!(
            "no worktree or branch has {} or story {} in its name",
            session.at.terminal,
            story.short()
        )),
        _ => several(places, &by_story, &format!("story {}", story.short())),
    }
}

fn carriers_of_story(places: &[Place], story: &StoryId) -> Vec<PlaceId> {
    match carriers(places, story.as_str()) {
        found if !found.is_empty() => found,
        _ => story.number().map_or_else(Vec::new, |number| carriers(places, number)),
    }
}

/// Whether the name of any place has that of a terminal or the id of a story in it, so that work there is found by name.
pub fn is_carried(places: &[Place], terminal: Option<&str>, story: &StoryId) -> bool {
    terminal.is_some_and(|terminal| !carriers(places, terminal).is_empty())
        || !carriers_of_story(places, story).is_empty()
}

/// Whether an id is one that `register` gives: `terminal-1`.
fn is_automatic(terminal: &str) -> bool {
    let number = terminal.strip_prefix("terminal-");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a branch carries the number of a story: `story/20-2-old`.
fn names_a_story(place: &Place) -> bool {
    let words = place.branch.as_deref().unwrap_or_default().split('/');
    words.map(StoryId::from).any(|story| story.number().is_some())
}

fn several(places: &[Place], found: &[PlaceId], what: &str) -> Link {
    let names: Vec<&str> = found.iter().map(|&id| places[id].name.as_str()).collect();
    Link::Declared(format!("several worktrees or branches have {what} in their name: {}", names.join(", ")))
}

/// The places whose folder or branch carries a name: exactly, or else as a part; worktrees before
/// branches without one, and these before branches of remotes. The main worktree is never guessed.
fn carriers(places: &[Place], name: &str) -> Vec<PlaceId> {
    let matching = |fits: &dyn Fn(&Place) -> bool| -> Vec<PlaceId> {
        let fitting = places.iter().enumerate().filter(|(_, place)| !place.main && fits(place));
        fitting.map(|(id, _)| id).collect()
    };
    // terminals of other clones may have the same name as one here
    let is_remote = |place: &Place| place.elsewhere.as_ref().is_some_and(|known| known.shared.is_none());
    let names = |place: &Place| {
        let folder = place
            .folder()
            .and_then(|folder| folder.file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let names = folder
            .into_iter()
            .chain(place.branch.clone())
            .chain((place.folder().is_some() || is_remote(place)).then(|| place.name.clone()));
        names.collect::<Vec<String>>()
    };
    let is_here = |place: &Place| place.elsewhere.is_none();
    let is = |place: &Place| {
        let same = |known: &String| known.eq_ignore_ascii_case(name);
        let ends =
            |known: &String| known.split_once('/').is_some_and(|(_, end)| end.eq_ignore_ascii_case(name));
        names(place).iter().any(|known| same(known) || !is_here(place) && ends(known))
    };
    let holds = |place: &Place| names(place).iter().any(|known| carries(known, name));
    let attempts: [&dyn Fn(&Place) -> bool; 6] = [
        &|place| place.worktree.is_some() && is(place),
        &|place| is_here(place) && is(place),
        &|place| place.worktree.is_some() && holds(place),
        &|place| is_here(place) && holds(place),
        &|place| is(place),
        &|place| holds(place),
    ];
    attempts.iter().map(|fits| matching(*fits)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// Whether a written `worktree` means the worktree at `top`: the folder that it names is that one, or it is the
/// name of it.
fn is_worktree(top: &Path, written: &str, named: &Path) -> bool {
    let path = Path::new(written);
    let bare_name =
        path.components().count() == 1 && !matches!(path.components().next(), Some(Component::CurDir));
    top == named || bare_name && top.file_name() == Some(path.as_os_str())
}

/// Who works in a place after another one has ended there does not share it.
fn mark_shared_places(terminals: &mut [Terminal]) {
    let mut seen = HashSet::new();
    let several: HashSet<PlaceId> =
        terminals.iter().filter_map(Terminal::place).filter(|place| !seen.insert(*place)).collect();
    let mut holders: BTreeMap<PlaceId, Vec<usize>> = BTreeMap::new();
    for (at, terminal) in terminals.iter_mut().enumerate() {
        match terminal.place() {
            Some(place) if several.contains(&place) => holders.entry(place).or_default().push(at),
            Some(_) => terminal.shares_place = false,
            None => {}
        }
    }
    for there in holders.values() {
        for at in there {
            let with_it = |other: &usize| other != at && terminals[*other].own == terminals[*at].own;
            terminals[*at].shares_place = there.iter().any(with_it);
        }
    }
}

/// What a terminal touched. In a place that it does not share: everything. In a shared one: what its
/// scope or current file claims, and what no terminal claims. Its current file always counts.
fn touched(terminal: &Terminal, terminals: &[Terminal], tips: &[Known<Tip>]) -> Vec<Touched> {
    let mut touched: Vec<Touched> = Vec::new();
    let tip = || tips[terminal.place()?].known();
    let seen = terminal.own_work().or_else(tip);
    if let Some(tip) = seen.filter(|_| !terminal.shares_place) {
        let own = tip.changes.iter().map(|change| change.path.clone());
        touched.extend(own.map(|path| Touched { path, shared: false, declared: false }));
    } else if let Some(tip) = seen {
        let own = Claim::of(terminal);
        let neighbours: Vec<Claim> = terminals
            .iter()
            .filter(|other| other.place() == terminal.place() && other.own == terminal.own)
            .map(Claim::of)
            .collect();
        for change in &tip.changes {
            let claimed = change.paths().any(|path| own.holds(path));
            let by_anyone = || neighbours.iter().any(|claim| change.paths().any(|path| claim.holds(path)));
            if claimed || !by_anyone() {
                touched.push(Touched { path: change.path.clone(), shared: !claimed, declared: false });
            }
        }
    }
    for session in &terminal.sessions {
        let Some(path) = &session.current_file else { continue };
        if !session.status.is_complete() && !touched.iter().any(|known| known.path == *path) {
            touched.push(Touched { path: path.clone(), shared: false, declared: true });
        }
    }
    touched.sort_by(|a, b| a.path.cmp(&b.path));
    touched
}

/// The paths that a terminal's sessions claim as theirs.
struct Claim {
    scope: GlobSet,
    current: Vec<RepoPath>,
}

impl Claim {
    fn of(terminal: &Terminal) -> Claim {
        let scope = path_globs(terminal.sessions.iter().flat_map(|session| &session.scope));
        let current = terminal.sessions.iter().filter_map(|session| session.current_file.clone());
        Claim { scope, current: current.collect() }
    }

    fn holds(&self, path: &RepoPath) -> bool {
        self.current.contains(path) || is_meant_path(&self.scope, path)
    }
}
