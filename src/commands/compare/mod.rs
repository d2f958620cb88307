//! `compare A B`: what plain `git merge` of two revisions or worktrees would do.

mod stdin;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::{MergeSite, Resolved, Store};
use crate::interaction::Judge;
use crate::merge::{self, Commits, Missing};
use crate::model::{
    Declared, Known, MergeOutcome, MergedTrees, Oid, Place, Reason, SemanticJudgement, Terminal, Tip, shown,
};
use crate::pipeline::{self, Workspace};
use crate::render::Output;
use crate::render::output::{CompareAnswer, Compared};
use crate::symbols;

use super::{Reply, open_options};

pub(super) use stdin::answers;

pub(super) fn run(args: &cli::Compare, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let (Some(ours), Some(theirs)) = (args.ours.clone(), args.theirs.clone()) else {
        return Err(Failure::new("compare needs two sides"));
    };
    let comparer = Comparer::new(Workspace::open(&open_options(global, context))?, args);
    let answer = comparer.answer(&ours, &theirs, context)?;
    Ok(Output::Compared(Box::new(Compared { ours, theirs, answer })).into())
}

/// Answers questions about one repository.
struct Comparer {
    workspace: Workspace,
    store: Store,
    allow_unrelated: bool,
    /// The options of merges into each place that was asked about.
    known: RefCell<HashMap<MergeSite, Rc<merge::Options>>>,
    /// Where merges into each branch that was asked about take place.
    places: RefCell<HashMap<Option<String>, MergeSite>>,
    /// Whether to look for what a clean merge breaks.
    symbols: bool,
}

/// One side of a question.
struct ComparedSide {
    content: SideContent,
    /// What git would be told to merge.
    name: String,
    /// Where a merge into it takes place.
    place: MergeSite,
}

/// What one side of a question holds.
enum SideContent {
    /// A commit alone.
    Commit(Oid),
    /// A worktree, with its uncommitted work.
    Worktree(Box<Known<Tip>>),
}

impl Comparer {
    fn new(workspace: Workspace, args: &cli::Compare) -> Comparer {
        let store = workspace.repository.store();
        let (known, places) = Default::default();
        let (allow_unrelated, symbols) = (args.allow_unrelated_histories, args.symbols);
        Comparer { workspace, store, allow_unrelated, known, places, symbols }
    }

    fn answer(&self, ours: &str, theirs: &str, context: &Context) -> Result<CompareAnswer, Failure> {
        // in a checkout of a commit by its id, git says HEAD as well; git merge-tree takes the id
        let is_id = ours.parse::<Oid>().is_ok();
        let our_label = if is_id { ours } else { "HEAD" }.to_string();
        let (ours, theirs) = (self.side(ours, context)?, self.side(theirs, context)?);
        if let Some(reason) = self.refused(&theirs) {
            return Ok(CompareAnswer { outcome: Known::Unknown(reason), semantic: None });
        }
        let labels = Some((our_label, theirs.name));
        let options = merge::Options { labels, ..(*self.options(ours.place)).clone() };
        let nodes = self.symbols.then(|| [self.node(&ours.content), self.node(&theirs.content)]);
        let outcome = self.outcome(ours.content, theirs.content, &options)?;
        let semantic = match (nodes, &outcome) {
            (Some([Some(ours), Some(theirs)]), Known::Known(outcome)) if outcome.is_clean() => {
                Some(self.semantic(ours, theirs, outcome.tree, &options).into())
            }
            _ => None,
        };
        Ok(CompareAnswer { outcome, semantic })
    }

    /// The commit of a side, and its tree with the uncommitted work.
    fn node(&self, side: &SideContent) -> Option<(Option<Oid>, Oid)> {
        match side {
            SideContent::Commit(commit) => Some((Some(*commit), self.store.commit(*commit).ok()?.tree)),
            SideContent::Worktree(tip) => tip.known().map(|tip| (tip.work_head, tip.work_tree)),
        }
    }

    /// What the merge breaks.
    fn semantic(
        &self,
        ours: (Option<Oid>, Oid),
        theirs: (Option<Oid>, Oid),
        merged: Oid,
        options: &merge::Options,
    ) -> Result<SemanticJudgement, Missing> {
        let base = match (ours.0, theirs.0) {
            (Some(one), Some(other)) => merge::base_tree(&self.store, &self.store, one, other, options)?,
            (None, _) | (_, None) => Oid::EMPTY_TREE,
        };
        symbols::judge(&self.store, &MergedTrees { base, ours: ours.1, theirs: theirs.1, merged })
    }

    fn outcome(
        &self,
        ours: SideContent,
        theirs: SideContent,
        options: &merge::Options,
    ) -> Result<Known<MergeOutcome>, Failure> {
        let (ours, theirs) = match (ours, theirs) {
            (SideContent::Commit(ours), SideContent::Commit(theirs)) => {
                let outcome = merge::merge_commits(&self.store, &self.store, ours, theirs, options).into();
                let tree = self.store.commit(ours).map_or(Oid::EMPTY_TREE, |ours| ours.tree);
                return Ok(self.unless_refused([Some(ours), Some(theirs)], tree, outcome));
            }
            (ours, theirs) => (self.tip(ours), self.tip(theirs)),
        };
        Ok(match (ours, theirs) {
            (Known::Known(ours), Known::Known(theirs)) => {
                let target = self.workspace.target.head;
                let unresolved = ours.unresolved().chain(theirs.unresolved()).next();
                let judge = Judge::new(&self.store, &self.store, target, options);
                match (judge.plain(&ours, &theirs), unresolved) {
                    (Known::Known(outcome), Some(reason)) if outcome.is_clean() => Known::Unknown(reason),
                    (outcome, _) => self.unless_refused([ours.head, theirs.head], ours.work_tree, outcome),
                }
            }
            (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Known::Unknown(reason),
        })
    }

    /// The options of a merge into this place.
    fn options(&self, place: MergeSite) -> Rc<merge::Options> {
        let make = || Rc::new(self.workspace.merge_options(&place));
        self.known.borrow_mut().entry(place.clone()).or_insert_with(make).clone()
    }

    /// Where a merge into a branch takes place, or into a commit that is none.
    fn place_of(&self, branch: Option<&str>) -> MergeSite {
        let make = || self.workspace.repository.merge_site(branch);
        self.places.borrow_mut().entry(branch.map(str::to_string)).or_insert_with(make).clone()
    }

    /// Why git merges nothing of this name.
    fn refused(&self, theirs: &ComparedSide) -> Option<Reason> {
        let tip = match &theirs.content {
            SideContent::Commit(_) if theirs.name == "FETCH_HEAD" => {
                let merged = self.workspace.repository.fetched();
                return (merged != 1).then(|| {
                    Reason::Said(format!(
                        "git merge FETCH_HEAD merges {merged} commits, and only one is followed"
                    ))
                });
            }
            SideContent::Commit(_) => return None,
            SideContent::Worktree(tip) => tip.known()?,
        };
        let reason =
            || Reason::Said(format!("{} has no commit, so git merge has nothing to merge", theirs.name));
        tip.head.is_none().then(reason)
    }

    /// The outcome of a merge into a tree, unless git refuses it: the two have no commit in common; or cannot
    /// carry it out. In a history that is cut off, the outcome is unknown already.
    fn unless_refused(
        &self,
        heads: [Option<Oid>; 2],
        ours: Oid,
        outcome: Known<MergeOutcome>,
    ) -> Known<MergeOutcome> {
        let ([Some(head), Some(theirs)], Known::Known(mut outcome)) = (heads, outcome.clone()) else {
            return outcome;
        };
        let bases = match self.store.merge_bases(head, &[theirs]) {
            Ok(bases) if bases.is_empty() && head != theirs && !self.allow_unrelated => {
                return Known::Unknown(Reason::UnrelatedHistories);
            }
            Ok(bases) => bases,
            Err(missing) => return Known::Unknown(missing.into()),
        };
        if outcome.is_clean() {
            match merge::unreadable(&self.store, [ours, outcome.tree], bases == [head]) {
                Ok(unreadable) => outcome.undecided.extend(unreadable),
                Err(missing) => return Known::Unknown(missing.into()),
            }
        }
        Known::Known(outcome)
    }

    /// What was named: a revision, as git understands it; a path, which is a worktree; or else the name of a
    /// place or of a registered terminal. What begins like a path is no revision.
    fn side(&self, text: &str, context: &Context) -> Result<ComparedSide, Failure> {
        let repository = &self.workspace.repository;
        let of_commit = |commit: Oid, branch: Option<&str>| ComparedSide {
            content: SideContent::Commit(commit),
            name: text.to_string(),
            place: self.place_of(branch),
        };
        if let Ok(commit) = text.parse() {
            return Ok(of_commit(commit, None));
        }
        let is_path = text.starts_with(['.', '/']) || text.ends_with('/');
        let revision = || {
            let (commit, reference) = repository.revision(text).ok()?;
            let other = reference.as_deref().filter(|name| !name.starts_with("refs/heads/") && *name != text);
            if let Some(meant) = other.filter(|_| repository.revision(&format!("refs/heads/{text}")).is_ok())
            {
                let text = shown(text);
                (context.tell)(&format!(
                    "{text} is {meant} here, as git takes it; the branch is refs/heads/{text}"
                ));
            }
            Some(of_commit(commit, reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"))))
        };
        if !is_path && let Some(side) = revision() {
            return Ok(side);
        }
        let path = context.working_dir.join(text).canonicalize().ok().filter(|_| !text.is_empty());
        let places = repository.places(&self.workspace.target, &[]);
        if let Some(place) = places.iter().find(|place| path.is_some() && place.worktree == path) {
            return Ok(self.worktree(place));
        }
        if let Some(side) = revision() {
            return Ok(side);
        }
        match repository.resolve(text, &places) {
            Ok(Resolved::Place(id)) => Ok(self.worktree(&places[id])),
            Ok(Resolved::Commit(commit)) => Ok(of_commit(commit, None)),
            Err(error) => self.terminal(text)?.ok_or_else(|| error.into()),
        }
    }

    /// The place of a registered terminal.
    fn terminal(&self, text: &str) -> Result<Option<ComparedSide>, Failure> {
        let Declared { terminals, places, .. } =
            pipeline::declare(&self.workspace, &self.workspace.tracking());
        let ids = pipeline::ids_called(text, &terminals, &places)?;
        let terminals = terminals.iter().filter(|terminal| ids.contains(&terminal.id));
        let place = terminals.filter_map(Terminal::place).next();
        Ok(place.map(|place| self.worktree(&places[place])))
    }

    fn worktree(&self, place: &Place) -> ComparedSide {
        let mut tips = pipeline::tips(&self.workspace, std::slice::from_ref(place));
        let tip = tips.pop().unwrap_or_else(|| Known::unknown(format!("{} was not observed", place.name)));
        let head = || Some(tip.known()?.head?.to_string());
        let name = place.branch.clone().or_else(head).unwrap_or_else(|| place.name.clone());
        let own =
            MergeSite { top: place.worktree.clone(), branch: place.branch.clone(), ..MergeSite::default() };
        let place = if own.top.is_some() { own } else { self.place_of(own.branch.as_deref()) };
        ComparedSide { content: SideContent::Worktree(Box::new(tip)), name, place }
    }

    fn tip(&self, content: SideContent) -> Known<Tip> {
        match content {
            SideContent::Commit(commit) => pipeline::commit_tip(&self.workspace, commit),
            SideContent::Worktree(tip) => *tip,
        }
    }
}
