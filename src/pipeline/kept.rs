//! What one run leaves to the next: the cache, and what is known while it runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cache::Cache;
use crate::git::Repository;
use crate::interaction::AnswerCache;

/// The answers of this run and, where there is a cache, of earlier ones.
#[derive(Default)]
pub(super) struct KeptAnswers {
    cache: Option<Cache>,
    memory: OnceLock<Arc<AnswerCache>>,
    /// Whether that began with what earlier runs knew.
    recalled: AtomicBool,
    notes: Mutex<Vec<String>>,
}

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

    /// What is known; from earlier runs only after [`KeptAnswers::recall`].
    pub fn memory(&self) -> &Arc<AnswerCache> {
        self.memory.get_or_init(Arc::default)
    }

    /// Takes up what earlier runs knew. It pays where everything is looked at, so whoever wants to
    /// know little does without.
    pub fn recall(&self, repository: &Repository) {
        self.memory.get_or_init(|| {
            let (memory, trouble) = self.cache.as_ref().map(Cache::load).unwrap_or_default();
            trouble.into_iter().for_each(|trouble| self.note(trouble));
            let memory = Arc::new(memory);
            self.recalled.store(true, Ordering::Relaxed);
            repository.remember_in(memory.clone());
            memory
        });
    }

    /// Leaves what is known to later runs; not where it began with nothing, which would push out what
    /// they know.
    pub fn save(&self) {
        if !self.recalled.load(Ordering::Relaxed) {
            return;
        }
        if let (Some(cache), Some(memory)) = (&self.cache, self.memory.get()) {
            cache.save(memory).unwrap_or_else(|trouble| self.note(trouble));
        }
    }

    /// What became of the cache, where that is worth a note.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}
