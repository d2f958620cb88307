//! The one place where the stages meet: observe git, read tracking files, judge, check, decide.
//!
//! ```text
//!  observe git ──┐                                       ┌─> edits ─> tracking files
//!                ├─> Snapshot ─> Verdicts ─> Findings ───┤
//!  read tracking ┘                                       └─> Report ─> human | json, exit status
//! ```
//!
//! [`Workspace`] is what every command begins with; here is what it concludes of all places. What it
//! concludes of one terminal is in `check`, and in which order to merge, in `order`.

mod check;
mod declared;
mod directory;
mod kept;
mod names;
mod order;
mod own_work;
mod paths;
mod tips;
mod verdicts;
mod workspace;

use crate::checks::{self, CheckInput};
use crate::model::{Known, Place, Report, Snapshot, Tip, Verdicts};
use crate::planning::{self, StoryBook};
use crate::tracking::Tracking;

pub use order::Asked;
pub use workspace::{TRACKING_DIR, Workspace};

impl Workspace {
    /// The whole picture: observes git, judges all pairs, runs the checks and decides.
    pub fn report(&self, tracking: &Tracking) -> (Report, StoryBook) {
        self.concluded(tracking, |places| {
            let tips = self.tips(places);
            let verdicts = self.verdicts(&tips);
            (tips, Some(verdicts))
        })
    }

    /// The same from the tracking files alone, without looking at any terminal's work.
    pub fn declared(&self, tracking: &Tracking) -> (Report, StoryBook) {
        let not_seen = |_: &Place| Known::unknown("not looked at");
        self.concluded(tracking, |places| (places.iter().map(not_seen).collect(), Some(Verdicts::default())))
    }

    /// The same with every terminal's work seen, but without asking what it makes of the others:
    /// enough for the merge order.
    pub fn observed(&self, tracking: &Tracking) -> (Report, StoryBook) {
        self.concluded(tracking, |places| (self.tips(places), None))
    }

    fn concluded(
        &self,
        tracking: &Tracking,
        observe: impl FnOnce(&[Place]) -> (Vec<Known<Tip>>, Option<Verdicts>),
    ) -> (Report, StoryBook) {
        let (stories, mut story_findings) = self.all_stories(tracking);
        let book = StoryBook::new(&tracking.files, &stories);
        self.recall();
        let (sessions, places) = self.sessions_and_places(tracking);
        let (tips, verdicts) = observe(&places);
        let is_judged = verdicts.is_some();
        let mut verdicts = verdicts.unwrap_or_default();
        self.keep_memory();
        let root = self.repository.main_worktree();
        let terminals = planning::link(&sessions, &places, &tips, &self.target, &book.index, root);
        self.tell_own_declared(&terminals, |place| own_work::known(&tips, place), &mut verdicts);
        let snapshot = Snapshot { target: self.target.clone(), places, tips, terminals, verdicts };
        let pairs = if is_judged { checks::terminal_pairs(&snapshot) } else { Vec::new() };
        let input = CheckInput { snapshot: &snapshot, pairs: &pairs, book: &book, files: &tracking.files };
        let mut findings = checks::run(&input);
        let config = self.repository.common_dir().join("config");
        let sources = self.repository.other_sources().into_iter();
        findings.extend(sources.map(|source| checks::note(source, &config)));
        findings.extend(tracking.findings.iter().cloned());
        findings.append(&mut story_findings);
        checks::sort(&mut findings);
        let merge_points = planning::merge_points(&snapshot, &tracking.files, &book);
        let held = planning::Held::new(&snapshot, &book, &tracking.files);
        let report = Report {
            decisions: planning::decide(&snapshot, &book),
            dependencies: book.dependencies.clone(),
            ready: planning::ready(&snapshot, &merge_points, &findings, &held),
            story_ready: planning::story_ready(&tracking.files, &snapshot, &findings, &held),
            progress: planning::progress(&tracking.files, &book.index),
            merge_points,
            snapshot,
            pairs,
            findings,
        };
        (report, book)
    }
}
