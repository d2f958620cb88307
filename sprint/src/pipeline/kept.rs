//! What one run leaves to the next: the cache, and what is known while it runs.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::cache::{Ageing, Answers, Cache};
use crate::git::{CommitCache, Repository};
use crate::interaction::{AnswerCache, Shared};
use crate::model::Oid;
use crate::symbols::KnownSides;

/// The answers of this run and, where there is a cache, of earlier ones.
#[derive(Default)]
pub(super) struct KeptAnswers {
    cache: Option<Cache>,
    merges: Arc<AnswerCache>,
    sources: Arc<KnownSides>,
    /// What is known of commits, once the answers of earlier runs were loaded.
    commits: OnceLock<Arc<CommitCache>>,
    shared: OnceLock<Arc<Shared>>,
    notes: Mutex<Vec<String>>,
    /// When it was last kept what is known so far.
    saved: Mutex<Option<Instant>>,
}

/// A look that takes longer keeps what it has found so far.
const SAVED_EVERY: Duration = Duration::from_millis(500);

impl KeptAnswers {
    /// Answers are kept in this cache. Without one, they last as long as the run; the error says why,
    /// where that should be known.
    pub fn new(cache: Option<Result<Cache, String>>) -> KeptAnswers {
        match cache {
            Some(Ok(cache)) => KeptAnswers { cache: Some(cache), ..KeptAnswers::default() },
            Some(Err(note)) => KeptAnswers { notes: Mutex::new(vec![note]), ..KeptAnswers::default() },
            None => KeptAnswers::default(),
        }
    }

    /// What is known of trees and merges; from earlier runs only after [`KeptAnswers::recall`].
    pub fn merges(&self) -> &Arc<AnswerCache> {
        &self.merges
    }

    /// What is known of sources; from earlier runs only after [`KeptAnswers::recall`].
    pub fn sources(&self) -> &Arc<KnownSides> {
        &self.sources
    }

    /// What the judges of one run share, with these answers.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.get_or_init(|| Arc::new(Shared::with(self.merges.clone()))).clone()
    }

    /// Keeps nothing of the tree that is about to be made, unless it is one of those that are there.
    pub fn pass_by(&self, made: Oid, there: &[Oid]) {
        if !there.contains(&made) {
            _ = self.merges.passing.set(made);
        }
    }

    /// Adds the answers of earlier runs. `ageing`: how much this one looks at.
    pub fn recall(&self, repository: &Repository, ageing: Ageing) {
        self.commits.get_or_init(|| {
            let (Answers { commits, merges, sources }, trouble) =
                self.cache.as_ref().map(|cache| cache.load(ageing)).unwrap_or_default();
            trouble.into_iter().for_each(|trouble| self.note(trouble));
            self.merges.add(&merges);
            self.sources.add(&sources);
            repository.use_cache(commits.clone());
            commits
        });
    }

    /// Keeps the answers for later runs, unless those of earlier runs were not loaded: they would be
    /// pushed out.
    pub fn save(&self) {
        if let (Some(cache), Some(commits)) = (&self.cache, self.commits.get()) {
            let (merges, sources) = (self.merges.clone(), self.sources.clone());
            let answers = Answers { commits: commits.clone(), merges, sources };
            cache.save(&answers).unwrap_or_else(|trouble| self.note(trouble));
        }
    }

    /// The same after a look at little, where anything is new but what it knows of its own sources.
    pub fn save_little(&self) {
        let of_pairs = || self.merges.has_new() || self.sources.pairs.has_new();
        let is_new = |commits: &Arc<CommitCache>| commits.has_new() || of_pairs();
        if self.commits.get().is_some_and(is_new) {
            self.save();
        }
    }

    /// The same now and then, before it has come to an end: whoever has to stop goes on from here the next time.
    pub fn save_so_far(&self) {
        let Ok(mut saved) = self.saved.try_lock() else { return };
        if saved.get_or_insert_with(Instant::now).elapsed() > SAVED_EVERY {
            self.save_little();
            *saved = Some(Instant::now());
        }
    }

    /// When answers were last kept.
    pub fn written(&self) -> Option<SystemTime> {
        let path = self.cache.as_ref()?.path();
        std::fs::symlink_metadata(path).ok()?.modified().ok()
    }

    /// What became of the cache, where that is worth a note.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}
