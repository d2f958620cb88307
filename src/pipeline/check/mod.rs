//! `check`: one terminal's work against every other one's, and against the target.

mod against;
mod drift;
mod excerpts;
mod near;
mod own;
mod turns;
mod whose;

use crate::checks::{self, CheckInput, Checked};
use crate::error::Failure;
use crate::model::{CheckQuestion, CheckReport, Known, Pair, Place, RepoPath, Snapshot, Tip, Verdicts};
use crate::planning::{self, StoryBook};
use crate::tracking::Tracking;

use super::Workspace;
use super::own_work::{Views, known};

use against::{Apart, Certain};
use own::Own;
use whose::subject;

impl Workspace {
    /// Holds one terminal's work against that of every other one and against the target.
    ///
    /// # Errors
    /// When the terminal is not known, or its own work cannot be read. What cannot be read of others
    /// is in the report.
    pub fn check(&self, tracking: &Tracking, question: &CheckQuestion) -> Result<CheckReport, Failure> {
        self.check_with(tracking, question, |places, own, also| {
            self.tips_near(places, own.place, &own.judged, own.only.as_ref(), also)
        })
    }

    /// The same answer, after a look at everything: what [`Workspace::check`] is held against.
    ///
    /// # Errors
    /// As there.
    pub fn check_in_full(
        &self,
        tracking: &Tracking,
        question: &CheckQuestion,
    ) -> Result<CheckReport, Failure> {
        self.check_with(tracking, question, |places, _, _| (self.tips(places), Apart::new()))
    }

    fn check_with(
        &self,
        tracking: &Tracking,
        question: &CheckQuestion,
        observe: impl Fn(&[Place], &Own, &[RepoPath]) -> (Vec<Known<Tip>>, Apart),
    ) -> Result<CheckReport, Failure> {
        let (stories, _) = self.all_stories(tracking);
        let book = StoryBook::new(&tracking.files, &stories);
        let (sessions, places) = self.sessions_and_places(tracking);
        let root = self.repository.main_worktree();
        let link =
            |tips: &[Known<Tip>]| planning::link(&sessions, &places, tips, &self.target, &book.index, root);
        let not_seen: Vec<Known<Tip>> = places.iter().map(|_| Known::unknown("not looked at")).collect();
        let linked = link(&not_seen);
        let (place, asked) = self.own_place(&places, &linked, question)?;
        let own = self.own(&places[place], place, &question.work)?;

        let here = linked.iter().filter(|terminal| terminal.place() == Some(place));
        let declared = here.flat_map(|one| &one.sessions).filter_map(|session| session.current_file.clone());
        let also: Vec<RepoPath> = question.paths.iter().cloned().chain(declared).collect();
        let (mut tips, apart) = observe(&places, &own, &also);
        tips[place] = Known::Known(Tip { changes: own.judged.changes.clone(), ..own.standing.clone() });
        let mut terminals = link(&tips);
        let (terminal, whole_place) = subject(&mut terminals, &places, place, asked.as_deref());
        let (mut verdicts, certain) = self.against(&own, &tips, &apart);
        let judged = |at| if at == place { Some(&own.judged) } else { known(&tips, at) };
        self.tell_own_declared(&terminals, judged, &mut verdicts);
        let views = self.views_of(&own, &tips, &verdicts, question);
        let snapshot = Snapshot { target: self.target.clone(), places, tips, terminals, verdicts };
        let pairs = checks::pairs_of(&snapshot, terminal);
        let input = CheckInput { snapshot: &snapshot, pairs: &pairs, book: &book, files: &tracking.files };
        let Certain { certain, standing } = certain;
        let checked = Checked {
            terminal,
            whole_place,
            asked: &question.paths,
            only: own.only.as_ref(),
            certain: &certain,
            standing: &standing,
            own_views: &views,
        };
        let met = checks::encounters(&input, &checked);
        Ok(CheckReport {
            own: checks::party(&snapshot, &snapshot.terminals[terminal]),
            target: self.target.name.clone(),
            update: own.standing.update_command(&self.target),
            paths: own.paths(question),
            encounters: self.with_excerpts(met.encounters, question, &own, &snapshot, &views),
            drift: self.drift_paths(&snapshot, &own, question),
            undecided: met.undecided,
            findings: checks::run_for(&snapshot.terminals[terminal], &input),
            notes: notes(&own, &met.not_linked),
        })
    }

    /// What of the checked work and of each other one counts where both share commits.
    fn views_of(
        &self,
        own: &Own,
        tips: &[Known<Tip>],
        verdicts: &Verdicts,
        question: &CheckQuestion,
    ) -> Views {
        let others = (0..tips.len()).filter_map(|at| {
            let judgement = verdicts.pairs.get(&Pair::new(own.place, at)?)?;
            Some((at, known(tips, at)?, judgement))
        });
        self.own_views(&own.judged, others, &|path| {
            let is_named = question.paths.iter().any(|asked| path.is_within(asked));
            is_named || own.only.as_ref().is_some_and(|only| only.contains(path))
        })
    }
}

fn notes(own: &Own, not_linked: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(operation) = &own.standing.operation {
        notes.push(format!("a {operation} is under way here"));
    }
    notes.extend(own.judged.notes.iter().cloned());
    for id in not_linked {
        notes.push(format!("{id} is not linked to git: only its declared current file counts"));
    }
    notes
}
