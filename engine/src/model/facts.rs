//! The first two stages' results: what is declared, and what was observed.

use std::collections::BTreeMap;

use super::{
    Change, FileKinds, Finding, Known, MergedAs, MergedWork, Oid, Place, PlaceId, RepoPath, Revert, Session,
    SessionRef, Stash, StoryBook, StoryId, Target, Tip, TrackingFile, Uncommitted, UnderWay, Upstream, added,
    own_command, shown_name,
};

/// How a terminal was found in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is this place.
    Place(PlaceId),
    /// No place is known; the declared `current_file` alone counts. Says why.
    Declared(String),
    /// The session names a branch or a worktree that is not there. Says which.
    Gone(String),
}

/// One terminal: a place, with what the tracking files say of it.
///
/// The same terminal with another story, in another file, is another entry with the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The key in the tracking files, or the place's name.
    pub id: String,
    /// Its story, with the fullest id that is known.
    pub story: Option<StoryId>,
    /// Its sessions: none for a place without one; more than one where several files agree.
    /// The intra-story session comes first.
    pub sessions: Vec<Session>,
    /// Where it is in git.
    pub link: Link,
    /// What of its place's work is its own, where the place went on from one story to the next.
    pub own: Option<Box<OwnWork>>,
    /// The part of its work that is in the target; also where its place is gone, if that was seen before.
    pub merged: Option<MergedWork>,
    /// Whether other terminals work in the same place.
    pub shares_place: bool,
    /// What it touched, by path, and whether git can say so: in a shared place, a path that no scope and no
    /// `current_file` claims belongs to all.
    pub touched: Vec<Touched>,
    /// How many of its commits were written after it was said to be completed.
    pub since_completed: usize,
}

impl Terminal {
    /// Said of completed work that went on: `terminal-1 has 2 commits from after it was completed`.
    pub fn went_on_after_completion(&self) -> Option<String> {
        let commits = match self.since_completed {
            0 => return None,
            1 => "1 commit".to_string(),
            several => format!("{several} commits"),
        };
        Some(format!("{} has {commits} from after it was completed", self.id))
    }

    /// The place, where it is linked.
    pub fn place(&self) -> Option<PlaceId> {
        match self.link {
            Link::Place(place) => Some(place),
            Link::Declared(_) | Link::Gone(_) => None,
        }
    }

    /// Whether one of its sessions is this one.
    pub fn holds(&self, session: &SessionRef) -> bool {
        self.sessions.iter().any(|known| known.at == *session)
    }

    /// The first thing that any of its sessions says.
    pub fn says<'a, T: 'a>(&'a self, what: impl Fn(&'a Session) -> Option<T>) -> Option<T> {
        self.sessions.iter().find_map(what)
    }

    /// The focus of its work, `backend`.
    pub fn focus(&self) -> Option<&str> {
        self.says(|session| session.focus.as_deref())
    }

    /// The terminals it waits for, from all its sessions.
    pub fn blocked_by(&self) -> impl Iterator<Item = &String> {
        self.sessions.iter().flat_map(|session| &session.blocked_by)
    }

    /// The part of its work that is in the target: of its own commits or, where nobody knows of any, all
    /// that a completed terminal has. Otherwise that is a place where nothing was done yet. Where its
    /// place is gone, what the last synchronization saw.
    pub fn merged_work(&self, tips: &[Known<Tip>]) -> Option<MergedWork> {
        let Some(place) = self.place() else { return self.says(|session| session.seen_merged) };
        let tip = self.own_work().or_else(|| tips[place].known())?;
        if self.lost_commit().is_some() {
            // of what is left, it is known whether it is merged
            return tip.merged.filter(|_| tip.ahead > 0);
        }
        let is_said_to_be = tip.contained && !tip.untouched && self.is_complete() && !tip.is_dirty();
        let contained = |head| MergedWork { how: MergedAs::Ancestor, head, into: head };
        let went_on = || {
            // its place has nothing of its own any more: it went on from the target
            let seen = self.says(|session| session.seen_merged).filter(|_| tip.contained || tip.idle)?;
            Some(MergedWork { head: tip.head?, ..seen })
        };
        tip.merged.or_else(|| tip.head.filter(|_| is_said_to_be).map(contained)).or_else(went_on)
    }

    /// The part of its place's tip that is its own, where that is not all.
    pub fn own_work(&self) -> Option<&Tip> {
        self.own.as_ref().map(|own| &own.tip)
    }

    /// Whether all its work is known to be in the target. `tip`: what its place has.
    pub fn is_merged(&self, tip: Option<&Tip>) -> bool {
        let last = match tip {
            Some(tip) => tip.head,
            None if self.sessions.iter().any(|session| session.seen_uncommitted) => None,
            None => self.says(|session| session.seen_head),
        };
        last.is_some() && self.merged.map(|merged| merged.head) == last
    }

    /// Said of work that is lost.
    pub const LOST: &str = "its branch and worktree are not here, and it is not known to be merged";

    /// The last commit that it was seen with, where nothing holds that any more and the target does not have it, though
    /// its place is there.
    pub fn lost_commit(&self) -> Option<Oid> {
        self.says(|session| session.lost_commit)
    }

    /// Whether anybody looked at its work.
    pub fn is_seen(&self) -> bool {
        self.place().is_some() || self.sessions.iter().any(|session| session.seen_head.is_some())
    }

    /// Whether it had work when it was last seen, its place is gone, and it is not known that the target
    /// has that work.
    pub fn is_lost(&self) -> bool {
        let had_work = |session: &Session| {
            session.seen_commits || session.seen_uncommitted || session.lost_merge.is_some()
        };
        let is_known = self.place().is_some() || self.is_merged(None);
        !is_known && (matches!(self.link, Link::Gone(_)) || self.sessions.iter().any(had_work))
    }

    /// The files that its sessions declare to be worked on, of those that are not complete.
    pub fn declared_files(&self) -> impl Iterator<Item = &RepoPath> {
        let open = self.sessions.iter().filter(|session| !session.status.is_complete());
        open.filter_map(|session| session.current_file.as_ref())
    }

    /// Whether all its sessions are complete (and there is one).
    pub fn is_complete(&self) -> bool {
        !self.sessions.is_empty() && self.sessions.iter().all(|session| session.status.is_complete())
    }
}

/// The work of one of the stories that followed each other in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWork {
    /// Which one, from 0.
    pub number: usize,
    /// What it would bring to a merge, as if the target had all that was committed before: without commits of
    /// its own, it is contained.
    pub tip: Tip,
    /// Whether it can be merged without what came later there: it does not conflict with the target, or the
    /// place has not resolved that by taking the target's commits in.
    pub stands_alone: bool,
}

/// A path that a terminal touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The path as it is now.
    pub path: RepoPath,
    /// Whether nobody in the same place claims it, so that it counts for all of them.
    pub shared: bool,
    /// Whether it is only declared as `current_file`, and git shows no change.
    pub declared: bool,
}

/// What the tracking files and the sprint's stories declare, and the places that git shows. Nobody's
/// work was looked at.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The branch that everything will be merged into.
    pub target: Target,
    /// The places, sorted by name.
    pub places: Vec<Place>,
    /// The terminals, in natural order of their ids. Of the files that they touch, only the declared
    /// ones are known.
    pub terminals: Vec<Terminal>,
    /// The tracking files that could be read.
    pub files: Vec<TrackingFile>,
    /// What is known of stories.
    pub book: StoryBook,
    /// What was found while reading: files that cannot be read, settings that are ignored.
    pub findings: Vec<Finding>,
    /// Which files no person merges line by line.
    pub kinds: FileKinds,
    /// The options of this run that another command has to repeat to speak of the same: ` --target release/2`.
    pub repeated: String,
}

/// Everything that was observed, before anything was concluded.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The branch that everything will be merged into.
    pub target: Target,
    /// The places, sorted by name.
    pub places: Vec<Place>,
    /// What each place would bring, by its index.
    pub tips: Vec<Known<Tip>>,
    /// The terminals, in natural order of their ids.
    pub terminals: Vec<Terminal>,
    /// The tracking files that could be read.
    pub files: Vec<TrackingFile>,
    /// What is known of stories.
    pub book: StoryBook,
    /// What was found while reading: files that cannot be read, settings that are ignored.
    pub findings: Vec<Finding>,
    /// Which files no person merges line by line.
    pub kinds: FileKinds,
    /// The options of this run that another command has to repeat to speak of the same: ` --target release/2`.
    pub repeated: String,
    /// The upstreams of the target and, where branches of other clones are looked at, of all branches, by the
    /// branch that follows them.
    pub upstreams: BTreeMap<String, Upstream>,
    /// How many commits of a place the target's upstream has, but not the target: who begins at `origin/main` while
    /// `main` is behind it brings them along.
    pub of_upstream: BTreeMap<PlaceId, usize>,
    /// For each place whose commits are on top of the work of other places, those.
    pub contained: BTreeMap<PlaceId, Vec<PlaceId>>,
    /// For each place of completed work that is not known to merge into the target without a conflict, why not.
    pub unmergeable: BTreeMap<PlaceId, String>,
    /// The same of completed terminals, by their index, whose work is a part of what their place has committed.
    pub unmergeable_parts: BTreeMap<usize, String>,
    /// Of the worktrees that have one branch checked out and in which somebody is registered, the first one for each of the
    /// others: one merge brings the work of all.
    pub twins: BTreeMap<PlaceId, PlaceId>,
    /// What the target took back of the work in these places, which goes on since.
    pub reverted: BTreeMap<PlaceId, Vec<Revert>>,
    /// What was put aside on a branch, the newest first.
    pub stashes: Vec<Stash>,
}

impl Declared {
    /// A command of this program that speaks of the same target and branches as this run.
    pub fn command(&self, words: &str) -> String {
        own_command(words, &self.repeated)
    }
}

impl Facts {
    /// A command of this program that speaks of the same target and branches as this run.
    pub fn command(&self, words: &str) -> String {
        own_command(words, &self.repeated)
    }

    /// The tip of a terminal; `None` where it is not linked or could not be read.
    pub fn tip(&self, terminal: &Terminal) -> Option<&Tip> {
        self.tips[terminal.place()?].known()
    }

    /// Whether what a terminal did to a file is lost where that is made anew from the version of others
    /// ([`FileKinds::loses`]).
    pub fn loses(&self, terminal: &Terminal, path: &RepoPath) -> bool {
        let tip = self.tip(terminal);
        tip.is_some_and(|tip| self.kinds.loses(path, tip.changes.iter().flat_map(Change::paths)))
    }

    /// The part of a terminal's tip that is the work of its own story.
    pub fn own_tip<'a>(&'a self, terminal: &'a Terminal) -> Option<&'a Tip> {
        terminal.own_work().or_else(|| self.tip(terminal))
    }

    /// The paths with work of a terminal that is not committed: of those in a place that it shares, what is its
    /// own and what nobody claims.
    pub fn uncommitted_paths<'a>(&'a self, terminal: &'a Terminal) -> Vec<&'a RepoPath> {
        let Some(tip) = self.own_tip(terminal) else { return Vec::new() };
        let is_own = |path: &&RepoPath| {
            let touches =
                || terminal.touched.iter().any(|touched| touched.path == **path && !touched.declared);
            !terminal.shares_place || tip.changes.at(path).is_none() || touches()
        };
        tip.uncommitted_paths().filter(is_own).collect()
    }

    /// The uncommitted files that a terminal has to resolve before it can commit anything: all that git's index has several
    /// versions of, and its own with the markers of a conflict.
    pub fn to_resolve<'a>(&'a self, terminal: &'a Terminal) -> Vec<&'a RepoPath> {
        let Some(tip) = self.tip(terminal) else { return Vec::new() };
        let own = self.uncommitted_paths(terminal);
        let is_own = |path: &&RepoPath| tip.unmerged.contains(path) || own.contains(path);
        tip.to_resolve().into_iter().filter(is_own).collect()
    }

    /// How many those are.
    pub fn uncommitted(&self, terminal: &Terminal) -> Uncommitted {
        let Some(tip) = self.own_tip(terminal) else { return Uncommitted::default() };
        if !terminal.shares_place {
            return tip.uncommitted;
        }
        let own = self.uncommitted_paths(terminal);
        // what takes a commit back can be anybody's
        let taken_back = tip.uncommitted.paths.saturating_sub(tip.uncommitted_paths().count());
        let mut uncommitted = Uncommitted { paths: own.len() + taken_back, ..Uncommitted::default() };
        for layers in own.iter().filter_map(|path| Some(tip.changes.at(path)?.layers)) {
            uncommitted.staged += usize::from(layers.staged);
            uncommitted.unstaged += usize::from(layers.unstaged);
            uncommitted.untracked += usize::from(layers.untracked);
        }
        uncommitted
    }

    /// How many those are, as a table has it: `-`, `3`, and `?` or `3+` where it is not known of all files whether they have
    /// such work.
    pub fn uncommitted_text(&self, terminal: &Terminal) -> String {
        let is_unread = |change: &Change| {
            let layers = change.layers;
            let is_counted = layers.staged || layers.unstaged || layers.untracked;
            layers.unread && !is_counted
        };
        let has_unread = self.own_tip(terminal).is_some_and(|tip| tip.changes.iter().any(is_unread));
        match (self.uncommitted(terminal).paths, has_unread) {
            (0, false) => "-".to_string(),
            (0, true) => "?".to_string(),
            (many, false) => many.to_string(),
            (many, true) => format!("{many}+"),
        }
    }

    /// The work of a terminal that is a part of what its place has committed: later stories went on there.
    pub fn part<'a>(&'a self, terminal: &'a Terminal) -> Option<&'a Tip> {
        let whole = self.tip(terminal)?;
        terminal.own_work().filter(|own| own.head != whole.head)
    }

    /// Those at a place who go on there: who is not completed, if anybody is.
    pub fn at_work(&self, place: PlaceId) -> Vec<&Terminal> {
        let there = self.terminals.iter().filter(|terminal| terminal.place() == Some(place));
        let going_on: Vec<&Terminal> = there.filter(|one| !one.is_complete()).collect();
        if going_on.is_empty() { self.open_at(place) } else { going_on }
    }

    /// Those who work at a place. Where it went on from one story to the next, those alone whose commits are
    /// still to be merged, if there are any.
    pub fn open_at(&self, place: PlaceId) -> Vec<&Terminal> {
        let there: Vec<&Terminal> =
            self.terminals.iter().filter(|terminal| terminal.place() == Some(place)).collect();
        let is_open = |terminal: &&Terminal| !terminal.own_work().is_some_and(Tip::is_settled);
        let open: Vec<&Terminal> = there.iter().copied().filter(is_open).collect();
        if open.is_empty() { there } else { open }
    }

    /// The place that stands for one in the merge order: mostly itself.
    pub fn merged_at(&self, place: PlaceId) -> PlaceId {
        self.twins.get(&place).copied().unwrap_or(place)
    }

    /// Whether two places are worktrees of one branch.
    pub fn share_branch(&self, a: PlaceId, b: PlaceId) -> bool {
        let [a, b] = [a, b].map(|place| &self.places[place]);
        a.branch.is_some() && a.branch == b.branch && a.elsewhere.is_none() && b.elsewhere.is_none()
    }

    /// The tip of a place, where it could be read.
    pub fn tip_at(&self, place: PlaceId) -> Option<&Tip> {
        self.tips.get(place)?.known()
    }

    /// The ids of those at a place who touched a file, or of all there.
    pub fn touching(&self, place: PlaceId, path: &RepoPath) -> Vec<String> {
        let there = || self.terminals.iter().filter(|terminal| terminal.place() == Some(place));
        let touches = there().filter(|one| one.touched.iter().any(|touched| touched.path == *path));
        let mut ids: Vec<String> = touches.map(|terminal| terminal.id.clone()).collect();
        if ids.is_empty() {
            ids.extend(there().map(|terminal| terminal.id.clone()));
        }
        ids.dedup();
        ids
    }

    /// What was put aside on the branch of a place, the newest first.
    pub fn stashes_at(&self, place: PlaceId) -> Vec<&Stash> {
        let branch = self.places[place].branch.as_deref().filter(|_| self.places[place].elsewhere.is_none());
        self.stashes.iter().filter(|stash| Some(stash.branch.as_str()) == branch).collect()
    }

    /// Whether a file has work at a place that is not committed.
    pub fn is_uncommitted(&self, place: PlaceId, path: &RepoPath) -> bool {
        let changes = self.tip_at(place).map(|tip| tip.changes.iter());
        changes.into_iter().flatten().any(|change| change.path == *path && change.layers.is_uncommitted())
    }

    /// A terminal as people are shown it; with its story, where others of its name have other work.
    pub fn shown_apart(&self, terminal: &Terminal) -> String {
        let name = shown_name(&terminal.id);
        let work = |one: &Terminal| (one.place(), one.own.clone());
        let mut others = self.terminals.iter().filter(|other| other.id == terminal.id);
        match &terminal.story {
            Some(story) if others.any(|other| work(other) != work(terminal)) => {
                format!("{name} (story {})", story.short())
            }
            Some(_) | None => name,
        }
    }

    /// Whether the target is checked out at a place, or will be once a rebase or a bisection there has
    /// ended.
    pub fn is_at_target(&self, place: PlaceId) -> bool {
        let place = &self.places[place];
        place.folder().is_some() && self.target.is_at(place)
    }

    /// What is in progress where the target is checked out.
    pub fn under_way_at_target(&self) -> Option<&UnderWay> {
        let place = (0..self.places.len()).find(|place| self.is_at_target(*place))?;
        self.tip_at(place)?.under_way.as_ref()
    }

    /// What runs git where the target is checked out.
    pub fn git_at_target(&self) -> String {
        let place = (0..self.places.len()).find(|place| self.is_at_target(*place));
        place.map_or("git".to_string(), |place| self.places[place].git())
    }

    /// What to do about the conflicts of this work with the target. `who` works there; a reader who is not `here`
    /// is somewhere else.
    pub fn update_advice(&self, who: &str, tip: &Tip, place: &Place, here: bool) -> String {
        let (git, command) = match (tip.update_command(&self.target), here) {
            (command, true) => ("git".to_string(), command),
            (command, false) => (place.git(), place.command(&command)),
        };
        if let Some(back) = place.bring_back(tip, &git) {
            return format!("{back}.");
        }
        let at_target = self.under_way_at_target().filter(|under_way| tip.is_merged_by(under_way));
        let target = &self.target.name;
        match (at_target, &tip.under_way) {
            (Some(merge), _) => {
                format!("It is being merged into {target} now. {}.", merge.ending(&self.git_at_target()))
            }
            (None, Some(begun)) => format!("In {who}, {}. {}.", begun.sentence(), begun.ending(&git)),
            (None, None) => {
                let only_new = self.replay_advice(tip, place, here);
                let update = |first: &str| {
                    format!(
                        "{first} {who} from {target} ({command}) and resolve the conflict there.{only_new}"
                    )
                };
                if let Some(resolve) = added(&tip.to_resolve(), &git) {
                    update(&format!("{resolve}, commit the uncommitted work, then update"))
                } else if tip.is_dirty() {
                    update("Commit the uncommitted work, then update")
                } else if place.worktree.is_none() && !place.deleted.is_empty() {
                    update(&format!("{}, then update", place.find_again()))
                } else {
                    update("Update")
                }
            }
        }
    }

    /// Where the target has the first of its commits as other ones, as after a squash of the branch that it is stacked on:
    /// how the later ones alone are put on the target. Git itself takes all of them for new.
    fn replay_advice(&self, tip: &Tip, place: &Place, here: bool) -> String {
        let merged =
            tip.merged.filter(|merged| merged.how != MergedAs::Ancestor && Some(merged.head) != tip.head);
        let Some(merged) = merged.filter(|_| place.branch.is_some()) else { return String::new() };
        let (target, until) = (&self.target, merged.head.short());
        let command = format!("git rebase --onto {} {until}", target.merge_word());
        let command = if here { command } else { place.command(&command) };
        format!(
            " Or put only its commits after {until} on {}, which has the others by another commit: {command}.",
            target.name
        )
    }

    /// Whether something else comes before taking the target's commits in than a commit: what is in progress is to be
    /// ended, or the folder to be found.
    pub fn is_held_up(&self, tip: &Tip, place: &Place) -> bool {
        let mut at_target = self.under_way_at_target().into_iter();
        at_target.any(|under_way| tip.is_merged_by(under_way))
            || tip.under_way.is_some()
            || !tip.to_resolve().is_empty()
            || place.worktree.is_none() && !place.deleted.is_empty()
    }

    /// The upstream of the target.
    pub fn target_upstream(&self) -> Option<&Upstream> {
        self.upstreams.get(self.target.branch()?)
    }

    /// The terminals with commits of the target's upstream that the target lacks, and how many.
    pub fn of_upstream(&self) -> impl Iterator<Item = (&Terminal, usize)> {
        let brought = |terminal| Some((terminal, *self.of_upstream.get(&Terminal::place(terminal)?)?));
        self.terminals.iter().filter_map(brought)
    }

    /// The upstream of the branch of a terminal.
    pub fn upstream(&self, terminal: &Terminal) -> Option<&Upstream> {
        self.upstreams.get(self.places[terminal.place()?].branch.as_ref()?)
    }

    /// The change of a touched path.
    pub fn change<'a>(&'a self, terminal: &'a Terminal, path: &RepoPath) -> Option<&'a Change> {
        self.own_tip(terminal)?.changes.at(path)
    }
}
