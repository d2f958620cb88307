//! The merge engine: three trees in, outcome out. It speaks to an object source, not to a repository.

mod objects;

pub use objects::{Missing, Objects, TreeEntry};

use crate::model::*;
pub struct Options;
impl Default for Options { fn default() -> Options { Options } }
pub trait Commits {}
impl Commits for crate::git::Store {}
pub fn changes(objects: &dyn Objects, base: Oid, tip: Oid, options: &Options) -> Result<ChangeSet, Missing> { Ok(ChangeSet::default()) }
pub struct Judge<'a> { o: &'a dyn Objects }
impl<'a> Judge<'a> { pub fn new(objects:&'a dyn Objects, commits:&'a dyn Commits, target: Option<Oid>, options:&'a Options)->Self { Judge { o: objects } }
  pub fn against_target(&self, tip:&Tip) -> Drift { Drift { committed: Known::unknown("x"), work: Known::unknown("x") } }
  pub fn pair(&self, a:&Tip, b:&Tip) -> PairJudgement { PairJudgement { verdict: Verdict::Disjoint, committed: Verdict::Disjoint, conflicts: vec![], overlaps: vec![], assumes: None } }
  pub fn plain(&self, ours:&Tip, theirs:&Tip) -> Known<MergeOutcome> { Known::unknown("x") } }
