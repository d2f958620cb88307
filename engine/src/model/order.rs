//! The merge order: its steps, their cost, what is not part of it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::{
    ConflictKind, Lines, Oid, PlaceId, Reason, Recommendation, RepoPath, Selection, Severity, StoryId,
    UnderWay, few, own_command, shell_word,
};

/// What a person has to resolve: conflicting merges first, then the places in them, then what takes no judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cost {
    /// Merges that stop where a person has to judge, or whose outcome is unknown.
    pub steps: u32,
    /// Conflicting hunks to judge in them; a conflict without lines counts as one.
    pub hunks: u32,
    /// Conflicts that a rule resolves ([`super::FileKinds::is_mechanical`]), whatever else stops the merge.
    pub mechanical: u32,
    /// What merges without a conflict and breaks; the same in any order.
    pub breaks: u32,
    /// How many of the merges may stop for all that is known: nobody can say, and they count as much as those that do.
    pub unknown_steps: u32,
    /// How many of the hunks are files, or whole merges, of which the same is true.
    pub unknown: u32,
}

impl Cost {
    /// Whether git stops.
    pub fn stops(self) -> bool {
        self.steps > 0 || self.mechanical > 0
    }

    /// The merges that are known to stop where a person has to judge.
    pub fn known_steps(self) -> u32 {
        self.steps.saturating_sub(self.unknown_steps)
    }

    /// The hunks that are known to conflict.
    pub fn known_hunks(self) -> u32 {
        self.hunks.saturating_sub(self.unknown)
    }

    /// What it is more than another one, in what decides between them, and in what is known of that where anything is.
    pub fn more_than(self, other: Cost) -> Cost {
        let more = |of: fn(Cost) -> u32| of(self).saturating_sub(of(other));
        let unknown = more(|cost| cost.unknown_steps).max(more(|cost| cost.unknown));
        match (more(Cost::known_steps), more(Cost::known_hunks), unknown) {
            (0, 0, 0) => Cost { mechanical: more(|cost| cost.mechanical), ..Cost::default() },
            (0, 0, unknown) => Cost { unknown, ..Cost::default() },
            (0, hunks, _) => Cost { hunks, ..Cost::default() },
            (steps, ..) => Cost { steps, ..Cost::default() },
        }
    }

    /// Said of such a difference: `1 more merge would stop`, `2 more hunks would conflict`, `1 more mechanical conflict`,
    /// `1 more result would be unknown`.
    pub fn phrase(self) -> String {
        match self {
            Cost { unknown: 1, .. } => "1 more result would be unknown".to_string(),
            Cost { unknown, .. } if unknown > 0 => format!("{unknown} more results would be unknown"),
            Cost { steps: 0, hunks: 0, mechanical: 1, .. } => "1 more mechanical conflict".to_string(),
            Cost { steps: 0, hunks: 0, mechanical, .. } if mechanical > 0 => {
                format!("{mechanical} more mechanical conflicts")
            }
            Cost { steps: 0, hunks: 1, .. } => "1 more hunk would conflict".to_string(),
            Cost { steps: 0, hunks, .. } => format!("{hunks} more hunks would conflict"),
            Cost { steps: 1, .. } => "1 more merge would stop".to_string(),
            Cost { steps, .. } => format!("{steps} more merges would stop"),
        }
    }
}

impl Add for Cost {
    type Output = Cost;

    // an order that was not found costs more than any other, and many of those no less
    fn add(self, other: Cost) -> Cost {
        Cost {
            steps: self.steps.saturating_add(other.steps),
            hunks: self.hunks.saturating_add(other.hunks),
            mechanical: self.mechanical.saturating_add(other.mechanical),
            breaks: self.breaks.saturating_add(other.breaks),
            unknown_steps: self.unknown_steps.saturating_add(other.unknown_steps),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::default(), Add::add)
    }
}

/// What a merge in the sequence will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// It goes through.
    Clean,
    /// It stops.
    Conflict,
    /// Could not be determined, with the reason; never counted as clean.
    Unknown(Reason),
}

impl Prediction {
    /// The word used in all output.
    pub fn name(&self) -> &'static str {
        match self {
            Prediction::Clean => "clean",
            Prediction::Conflict => "conflict",
            Prediction::Unknown(_) => "unknown",
        }
    }
}

/// A path on which a step of the merge order stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepConflict {
    /// The path under which git reports it.
    pub path: RepoPath,
    /// What kind.
    pub kind: ConflictKind,
    /// Its other names.
    pub also: Vec<RepoPath>,
    /// Whether git leaves this path unmerged, and tells it with another one of them.
    pub is_part: bool,
    /// The conflicting lines in the target as it is before the step.
    pub target_lines: Vec<Lines>,
    /// The conflicting lines in the terminal's own version.
    pub own_lines: Vec<Lines>,
    /// Whether it conflicts with the target by itself, whatever was merged before; maybe in fewer lines.
    pub target: bool,
    /// The terminals merged before that it conflicts with; empty when it is the target alone; `None` when
    /// the time was up before that was known.
    pub with: Option<Vec<String>>,
    /// Whether it takes all of them together: with any one of them alone it would be clean, or no more than
    /// what it is with the target.
    pub together: bool,
    /// What to do in a file of its kind.
    pub mend: Option<String>,
    /// Whether that resolves it, so that nobody has to judge it.
    pub mechanical: bool,
}

impl StepConflict {
    /// `with the target and terminal-1`. That the time was up before that was known is told of the whole order.
    pub fn with_whom(&self) -> String {
        let target = if self.target { "the target and " } else { "" };
        match (self.with.as_deref(), self.together) {
            (None, _) if self.target => "with the target, maybe with others too".to_string(),
            (None, _) => "with what was merged before".to_string(),
            (Some([]), _) => "with the target".to_string(),
            (Some(names), false) => format!("with {target}{}", few(names)),
            (Some(names), true) => format!("with {target}{} together", few(names)),
        }
    }
}

/// Work of others that a merge brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroughtWork {
    /// The terminal.
    pub terminal: String,
    /// Why it could not be merged by itself now, where that is so.
    pub not_ready: Option<String>,
}

impl BroughtWork {
    /// `terminal-1 (its status is in progress)`
    pub fn told(&self) -> String {
        match &self.not_ready {
            Some(reason) => format!("{} ({reason})", self.terminal),
            None => self.terminal.clone(),
        }
    }
}

/// One merge of the sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeStep {
    /// The terminal that is merged.
    pub terminal: String,
    /// Other terminals whose work is in the same place, and comes along.
    pub also: Vec<String>,
    /// Its story.
    pub story: Option<StoryId>,
    /// The agent that works there.
    pub agent: Option<String>,
    /// Its branch; `None` for a detached head.
    pub branch: Option<String>,
    /// What the merge will do.
    pub prediction: Prediction,
    /// Where it stops; empty unless the prediction is a conflict.
    pub conflicts: Vec<StepConflict>,
    /// Where else it may stop: paths whose result is unknown, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// What a person has to resolve here.
    pub cost: Cost,
    /// Why it has this position, with all names.
    pub reason: String,
    /// The same for people, who need not read all of many names.
    pub brief: String,
    /// The target's tree after it, conflicts settled in the terminal's favour; `None` where the
    /// merge could not be simulated.
    pub tree: Option<Oid>,
    /// Terminals of the order that it waits for.
    pub needs: Vec<String>,
    /// What `git merge` is given where the target is checked out.
    pub arguments: Vec<String>,
    /// The commit that it merges.
    pub head: Oid,
    /// The paths that it writes or removes in the target's worktree.
    pub touched: Vec<RepoPath>,
    /// The uncommitted paths in the target's worktree that it would overwrite; git refuses, but where they are ignored.
    pub overwrites: Vec<RepoPath>,
    /// Those of them that git was told not to compare.
    pub not_compared: Vec<RepoPath>,
    /// Submodules of which something is in the way: their files, or what is not committed in them.
    pub submodules: Vec<RepoPath>,
    /// Steps of one batch may be merged in any order. Counted from 1.
    pub batch: usize,
    /// Whether it can be merged now: its work is completed and committed, and waits for nothing but earlier steps
    /// that can be merged now.
    pub ready: bool,
    /// The earlier terminals whose assumed resolution this prediction rests on.
    pub assumes: Vec<String>,
    /// Whose commits it brings along, though they are not asked for.
    pub brings: Vec<BroughtWork>,
    /// Why git would refuse the command where the target is checked out now, and what to do about it.
    pub refusals: Vec<String>,
    /// What to know before: uncommitted work that will not come along, an operation under way.
    pub warnings: Vec<String>,
    /// What `decision-support` is given for a step that stops.
    pub recommendation: Option<Recommendation>,
}

impl MergeOrder {
    /// What to do about uncommitted work that keeps the merges from being made.
    pub fn clear_the_way(&self) -> String {
        let clear = "commit, move or stash it (git stash --all takes untracked and ignored files, too)";
        let of = |paths: fn(&MergeStep) -> &Vec<RepoPath>| -> Option<String> {
            let words = self.steps.iter().flat_map(paths);
            let words: BTreeSet<String> =
                words.map(|path| shell_word(OsStr::from_bytes(path.as_bytes()))).collect();
            (!words.is_empty()).then(|| words.into_iter().collect::<Vec<_>>().join(" "))
        };
        let submodules = of(|step| &step.submodules).map(|paths| {
            format!(
                "save what is not committed in submodules, and run {} submodule deinit --force {paths}; then ",
                self.git
            )
        });
        let not_compared = of(|step| &step.not_compared).map(|paths| {
            // git takes one of the two flags at a time
            let undo = ["assume-unchanged", "skip-worktree"]
                .map(|flag| format!("{} update-index --no-{flag} {paths}", self.git));
            format!("let git compare the files again ({}); then ", undo.join(" && "))
        });
        let first = [submodules, not_compared].into_iter().flatten().collect::<String>();
        let is_submodule =
            |step: &MergeStep| step.overwrites.iter().all(|path| step.submodules.contains(path));
        match self.steps.iter().all(is_submodule) {
            true => first.trim_end_matches("; then ").to_string(),
            false => format!("{first}{clear}"),
        }
    }

    /// Which uncommitted work keeps the merges from being made.
    pub fn in_the_way(&self) -> Option<String> {
        let mut paths: Vec<String> =
            self.steps.iter().flat_map(|step| &step.overwrites).map(ToString::to_string).collect();
        paths.sort();
        paths.dedup();
        let text = || {
            format!("the merges would overwrite what is not committed in {}: {}", self.target, few(&paths))
        };
        (!paths.is_empty()).then(text)
    }
}

impl MergeStep {
    /// The command that makes the merge, to be run where the target is checked out.
    pub fn command(&self) -> String {
        merge_command(&self.arguments)
    }

    /// Its conflicts, each once.
    pub fn told_conflicts(&self) -> impl Iterator<Item = &StepConflict> {
        self.conflicts.iter().filter(|conflict| !conflict.is_part)
    }
}

/// `git merge` with these arguments, as it is typed.
pub fn merge_command(arguments: &[String]) -> String {
    let is_flag = |word: &&String| word.starts_with("--");
    let words = arguments.iter().map(|word| if is_flag(&word) { word.clone() } else { shell_word(word) });
    format!("git merge {}", words.collect::<Vec<_>>().join(" "))
}

/// A terminal that waits for something before it can be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The terminal.
    pub terminal: String,
    /// Where its work is.
    pub place: PlaceId,
    /// Its story.
    pub story: Option<StoryId>,
    /// The stories or terminals it waits for.
    pub waits_for: Vec<String>,
    /// Why, for people.
    pub reason: String,
    /// Whether it is in the plan anyway, to be merged once that is done.
    pub planned: bool,
}

/// A terminal that no order can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The terminal.
    pub terminal: String,
    /// Its story.
    pub story: Option<StoryId>,
    /// Why: it is merged already, has no commits, cannot be read.
    pub reason: String,
    /// Whether that could hide a conflict: its work could not be read.
    pub undetermined: bool,
}

/// An order that people use without looking, and what it would cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// `registration`, `oldest`, `smallest`, `largest`.
    pub name: &'static str,
    /// The terminals in that order, moved only where a dependency demands it.
    pub order: Vec<String>,
    /// What a person would have to resolve.
    pub cost: Cost,
}

/// What a terminal's other positions would cost, all others in the order found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The terminal.
    pub terminal: String,
    /// Its position in the order, from 1; `None` where it has no step.
    pub position: Option<usize>,
    /// What it may not go before, and why.
    pub after: Vec<String>,
    /// The cost of the whole order with the terminal at each position that dependencies allow.
    pub elsewhere: Vec<(usize, Cost)>,
    /// The terminals whose order relative to it matters to git; `None` where the time was up before that was found out.
    pub meets: Option<Vec<String>>,
}

/// Where the commands of an order are to be run: where its target is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergePlace {
    /// The main worktree.
    Main,
    /// A linked worktree.
    Linked(PathBuf),
    /// Nowhere; this command checks it out in the main worktree.
    Nowhere(String),
    /// A worktree that this command makes.
    New {
        /// The command.
        command: String,
        /// Where that will be.
        top: PathBuf,
    },
}

/// What `git merge` finds where the target is checked out, besides what is not committed there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetCheckout {
    /// Paths that git does not compare (`assume-unchanged`, `skip-worktree`) and whose files are not as its
    /// index noted them.
    pub hidden: Vec<RepoPath>,
    /// Paths that are only announced (`git add --intent-to-add`).
    pub announced: Vec<RepoPath>,
    /// Lock files that another git has, or left behind.
    pub locks: Vec<PathBuf>,
    /// Whether git stashes what is not committed, and applies it again after the merge (`merge.autoStash`).
    pub stashes: bool,
    /// Arguments without which `branch.NAME.mergeOptions` would leave the merge without its commit.
    pub overrides: Vec<&'static str>,
    /// A folder that does not exist yet, for a worktree of the target.
    pub free_folder: PathBuf,
}

/// In which order to merge, and what that will take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeOrder {
    /// What all is merged into.
    pub target: String,
    /// Where that is checked out.
    pub place: MergePlace,
    /// What runs git there, from any folder.
    pub git: String,
    /// How many commits the target is behind its upstream, and the name of that; `None` where it is not, or that is
    /// not known.
    pub behind: Option<(usize, String)>,
    /// What is in progress where that is checked out, and has to be ended before the first merge.
    pub under_way: Option<UnderWay>,
    /// The merges, first to last.
    pub steps: Vec<MergeStep>,
    /// What a person has to resolve in all steps.
    pub cost: Cost,
    /// Whether no allowed order costs less, by proof.
    pub optimal: bool,
    /// No allowed order costs less than this, by proof; equals `cost` when that is optimal.
    pub bound: Cost,
    /// Whether what becomes of any merge that was tried is unknown, so that another order may cost less.
    pub is_open: bool,
    /// The usual orders, for comparison.
    pub baselines: Vec<Baseline>,
    /// What waits, and for what.
    pub waiting: Vec<Waiting>,
    /// What is not part of the plan.
    pub left_out: Vec<LeftOut>,
    /// Terminals that wait for each other, each cycle named in full: `[a, b, a]`.
    pub cycles: Vec<Vec<String>>,
    /// What was asked to be explained.
    pub explanation: Option<Explanation>,
    /// Whether the steps were merged once more one after the other, from nothing, with the same
    /// results (`--verify`); `None` when not asked for.
    pub verified: Option<bool>,
    /// Which sources were not looked at for what breaks without a conflict, and why; a sentence.
    pub not_looked_at: Option<String>,
    /// What of all this is shown.
    pub selection: Selection,
    /// The options of this run that another command has to repeat to speak of the same.
    pub repeated: String,
}

impl MergeOrder {
    /// The severities of everything in it: steps that stop are conflicts, unknown outcomes are errors,
    /// cycles are warnings.
    pub fn severities(&self) -> impl Iterator<Item = Severity> {
        let steps = self.steps.iter().filter_map(|step| match step.prediction {
            Prediction::Clean => None,
            Prediction::Conflict => Some(Severity::Conflict),
            Prediction::Unknown(_) => Some(Severity::Error),
        });
        let open = self
            .steps
            .iter()
            .filter(|step| step.prediction == Prediction::Conflict && !step.undecided.is_empty());
        let open = open.map(|_| Severity::Error);
        let unread = self.left_out.iter().filter(|left_out| left_out.undetermined).map(|_| Severity::Error);
        let cycles = self.cycles.iter().map(|_| Severity::Warning);
        let refuted = self.verified.iter().filter(|confirmed| !**confirmed).map(|_| Severity::Error);
        steps.chain(open).chain(unread).chain(cycles).chain(refuted)
    }

    /// What to say where the time was up before it was known with whom all of it conflicts.
    pub fn with_whom_unknown(&self) -> Option<String> {
        let mut conflicts =
            self.steps.iter().filter(|step| self.shows(step)).flat_map(|step| &step.conflicts);
        conflicts.any(|conflict| conflict.with.is_none()).then(|| {
            let longer = self.command("merge-order --time SECONDS");
            format!("There was no time to find out with whom all of this conflicts: {longer} takes more.")
        })
    }

    /// A command of this program that speaks of the same target and branches as this run.
    pub fn command(&self, words: &str) -> String {
        own_command(words, &self.repeated)
    }

    /// Whether a step is shown.
    pub fn shows(&self, step: &MergeStep) -> bool {
        let selection = &self.selection;
        let own = selection.has_terminal(&step.terminal, step.story.as_ref());
        let stops = match step.prediction {
            Prediction::Conflict | Prediction::Unknown(_) => true,
            Prediction::Clean => false,
        };
        (own || step.also.iter().any(|id| selection.has_name(id) && selection.filter().paths.is_empty()))
            && (!selection.filter().conflicts || stops)
    }

    /// Whether what is said of a terminal without a step is shown.
    pub fn shows_without_step(&self, id: &str, story: Option<&StoryId>, undetermined: bool) -> bool {
        let filter = self.selection.filter();
        let by_path = undetermined && self.selection.has_name(id);
        (self.selection.has_terminal(id, story) || by_path) && (!filter.conflicts || undetermined)
    }
}
