//! What one run leaves to the next: the cache, and what is known while it runs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cache::Cache;
use crate::cli::Global;
use crate::context::Context;
use crate::interaction::AnswerCache;

use super::Workspace;

impl Workspace {
    /// The cache, unless nothing is to be kept or it has no place.
    pub(super) fn open_cache(&self, global: &Global, context: &Context) -> Option<Cache> {
        let folder = context.cache_dir.as_ref().filter(|_| !global.no_cache)?;
        let repository = &self.repository;
        let common = repository.common_dir();
        let outside = [
            Some(common),
            repository.main_worktree(),
            repository.current_worktree(),
            self.tracking_dir.as_deref(),
        ];
        let outside: Vec<&Path> = outside.into_iter().flatten().collect();
        let settings = format!("{:?} {}", self.options, repository.shallow_boundary());
        let folder = context.working_dir.join(folder);
        match Cache::new(&folder, &outside, common, &settings, context.program.as_deref()) {
            Ok(cache) => Some(cache),
            Err(note) => {
                self.note(note);
                None
            }
        }
    }

    /// What is known; from earlier runs only after [`Workspace::recall`].
    pub(super) fn memory(&self) -> &Arc<AnswerCache> {
        self.memory.get_or_init(Arc::default)
    }

    /// Takes up what earlier runs knew. It pays where everything is looked at, so whoever wants to
    /// know little does without.
    pub(super) fn recall(&self) {
        self.memory.get_or_init(|| {
            let (memory, trouble) = self.cache.as_ref().map(Cache::load).unwrap_or_default();
            trouble.into_iter().for_each(|trouble| self.note(trouble));
            let memory = Arc::new(memory);
            self.recalled.store(true, Ordering::Relaxed);
            self.repository.remember_in(memory.clone());
            memory
        });
    }

    /// Leaves what is known to later runs; not where it began with nothing, which would push out what
    /// they know.
    pub(super) fn keep_memory(&self) {
        if !self.recalled.load(Ordering::Relaxed) {
            return;
        }
        if let (Some(cache), Some(memory)) = (&self.cache, self.memory.get()) {
            cache.save(memory).unwrap_or_else(|trouble| self.note(trouble));
        }
    }
}
