//! What of an answer is shown: all of it, or what a filter lets through. Everything is judged before.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet};

use super::path_globs::{is_meant_path, path_globs, set};
use super::{
    ConflictKind, Evidence, Facts, Finding, LogEntry, PlaceId, RepoPath, Severity, StoryId, Terminal,
    shell_word, shown_name,
};

/// What is asked to be shown. Several globs of one kind are alternatives; what is shown fits every kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownFilter {
    /// Globs of story ids.
    pub stories: Vec<String>,
    /// Globs of terminals, branches and places.
    pub terminals: Vec<String>,
    /// Globs of paths.
    pub paths: Vec<String>,
    /// Only conflicts, and what could hide one.
    pub conflicts: bool,
}

/// What of an answer is shown; by default everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    filter: ShownFilter,
    stories: GlobSet,
    terminals: GlobSet,
    paths: GlobSet,
    /// The terminals that are meant by name and story, each with its story.
    meant: BTreeSet<(String, Option<StoryId>)>,
    /// Those that touched a path that is meant.
    touching: BTreeSet<(String, Option<StoryId>)>,
}

// globs are made of the filter
impl PartialEq for Selection {
    fn eq(&self, other: &Selection) -> bool {
        (&self.filter, &self.meant, &self.touching) == (&other.filter, &other.meant, &other.touching)
    }
}

impl Eq for Selection {}

/// A glob that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfitGlob {
    /// The flag that it belongs to.
    pub flag: &'static str,
    /// The glob.
    pub glob: String,
    /// Why it is no glob; `None` where nothing matches it.
    pub why: Option<String>,
    /// What it could have matched.
    pub known: Vec<String>,
}

/// Globs of names, in which `*` also means slashes. A name means itself, too.
fn name_globs(texts: &[String]) -> GlobSet {
    let forms = texts.iter().flat_map(|text| [text.clone(), globset::escape(text)]);
    set(forms.filter_map(|form| GlobBuilder::new(&form).case_insensitive(true).build().ok()))
}

impl ShownFilter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == ShownFilter::default()
    }

    /// The flags that make it, as they are shown: `--terminal login-* --conflicts`.
    pub fn flags(&self) -> String {
        self.flags_of(TERMINAL)
    }

    /// The same with another name of the flag that chooses terminals.
    pub fn flags_of(&self, terminal: &'static str) -> String {
        let flags = |flag: &'static str, globs: &[String]| -> Vec<String> {
            globs.iter().map(|glob| format!("{flag} {}", shell_word(glob))).collect()
        };
        let conflicts = self.conflicts.then(|| CONFLICTS.to_string());
        let globs = [flags(terminal, &self.terminals), flags(STORY, &self.stories), flags(PATH, &self.paths)];
        globs.into_iter().flatten().chain(conflicts).collect::<Vec<_>>().join(" ")
    }
}

const STORY: &str = "--story";
const TERMINAL: &str = "--terminal";
const PATH: &str = "--path";
const CONFLICTS: &str = "--conflicts";

impl Selection {
    /// What a filter means, before it is known who is there.
    ///
    /// # Errors
    /// A text is no glob.
    pub fn new(filter: ShownFilter) -> Result<Selection, UnfitGlob> {
        let all = [(STORY, &filter.stories), (TERMINAL, &filter.terminals), (PATH, &filter.paths)];
        for (flag, glob) in
            all.into_iter().flat_map(|(flag, globs)| globs.iter().map(move |glob| (flag, glob)))
        {
            if let Err(error) = Glob::new(glob) {
                let why = Some(error.kind().to_string());
                return Err(UnfitGlob { flag, glob: glob.clone(), why, known: Vec::new() });
            }
        }
        Ok(Selection {
            stories: name_globs(&filter.stories),
            terminals: name_globs(&filter.terminals),
            paths: path_globs(&with_own_names(&filter.paths)),
            filter,
            ..Selection::default()
        })
    }

    /// What it means among these terminals.
    ///
    /// # Errors
    /// Nothing matches one of the globs.
    pub fn among(self, facts: &Facts) -> Result<Selection, UnfitGlob> {
        self.in_history(facts, &[])
    }

    /// What it means among these terminals and those of the history.
    ///
    /// # Errors
    /// Nothing matches one of the globs.
    pub fn in_history(mut self, facts: &Facts, history: &[LogEntry]) -> Result<Selection, UnfitGlob> {
        let named = |glob: &GlobSet, terminal: &Terminal| {
            names(terminal, facts).iter().any(|name| glob.is_match(name))
        };
        for terminal in &facts.terminals {
            let by_name = self.filter.terminals.is_empty() || named(&self.terminals, terminal);
            let by_story = self.filter.stories.is_empty()
                || terminal.story.as_ref().is_some_and(|story| self.tells(story));
            let key = || (terminal.id.clone(), terminal.story.clone());
            if by_name && by_story {
                self.meant.insert(key());
            }
            if touched_names(terminal, facts).iter().any(|path| is_meant_path(&self.paths, path)) {
                self.touching.insert(key());
            }
        }
        for (terminal, story) in
            history.iter().filter_map(|entry| entry.terminal.as_ref().zip(entry.story.as_ref()))
        {
            let story = StoryId::from(story.as_str());
            if (self.filter.terminals.is_empty() || self.terminals.is_match(terminal))
                && (self.filter.stories.is_empty() || self.tells(&story))
            {
                self.meant.insert((terminal.clone(), Some(story)));
            }
        }
        let all = || facts.terminals.iter();
        let logged: Vec<&str> = history.iter().flat_map(LogEntry::names).collect();
        let own = all().map(|terminal| terminal.id.clone());
        let ids: Vec<String> = own.chain(logged.iter().map(ToString::to_string)).collect();
        check(TERMINAL, &self.filter.terminals, &ids, |glob| {
            let globs = name_globs(glob);
            all().any(|one| named(&globs, one)) || logged.iter().any(|name| globs.is_match(name))
        })?;
        let declared = facts.book.dependencies.iter().map(|state| &state.dependency.story);
        let told: Vec<StoryId> = history.iter().flat_map(LogEntry::stories).map(StoryId::from).collect();
        let stories: Vec<&StoryId> =
            all().filter_map(|one| one.story.as_ref()).chain(declared).chain(&told).collect();
        let written: Vec<String> = stories.iter().map(|story| story.as_str().to_string()).collect();
        let is_told = |glob: &[String]| {
            let globs = name_globs(glob);
            stories.iter().any(|story| is_told(&globs, glob, story))
        };
        check(STORY, &self.filter.stories, &written, is_told)?;
        let files: Vec<RepoPath> =
            history.iter().flat_map(LogEntry::paths).map(RepoPath::from_text).collect();
        let touched: Vec<&RepoPath> = all().flat_map(|one| touched_names(one, facts)).chain(&files).collect();
        let paths: Vec<String> = touched.iter().map(ToString::to_string).collect();
        let is_touched = |glob: &[String]| {
            let globs = path_globs(&with_own_names(glob));
            touched.iter().any(|path| is_meant_path(&globs, path))
        };
        check(PATH, &self.filter.paths, &paths, is_touched)?;
        Ok(self)
    }

    fn tells(&self, story: &StoryId) -> bool {
        is_told(&self.stories, &self.filter.stories, story)
    }

    /// What was asked.
    pub fn filter(&self) -> &ShownFilter {
        &self.filter
    }

    /// Whether a story's name is shown.
    pub fn has_story(&self, story: &StoryId) -> bool {
        self.filter.is_empty() || self.meant.iter().any(|(_, known)| known.as_ref() == Some(story)) || {
            let alone = ShownFilter { stories: self.filter.stories.clone(), ..ShownFilter::default() };
            self.filter == alone && self.tells(story)
        }
    }

    /// Whether a path is shown.
    pub fn has_path(&self, path: &RepoPath) -> bool {
        self.filter.paths.is_empty() || is_meant_path(&self.paths, path)
    }

    /// Whether a path that is asked for would lie in a folder that is this file elsewhere.
    pub fn is_below(&self, file: &RepoPath) -> bool {
        self.filter.paths.iter().any(|asked| RepoPath::from(asked.as_str()).is_within(file))
    }

    /// Whether the name of a terminal is shown.
    pub fn has_name(&self, id: &str) -> bool {
        let (from, to) = ((id.to_string(), None), |(known, _): &&(String, Option<StoryId>)| known == id);
        self.is_of_all() || self.meant.range(from..).take_while(to).next().is_some()
    }

    /// Whether one of these terminals is shown, or a path that is shown was touched by it, whatever its story is. Nobody
    /// is everybody.
    pub fn has_any(&self, ids: &[String]) -> bool {
        let touches =
            |id: &String| self.filter.paths.is_empty() || self.touching.iter().any(|(known, _)| known == id);
        ids.is_empty() || ids.iter().any(|id| self.has_name(id) && touches(id))
    }

    fn is_of_all(&self) -> bool {
        self.filter.stories.is_empty() && self.filter.terminals.is_empty()
    }

    /// Whether a terminal is meant by its name and story.
    pub fn means(&self, id: &str, story: Option<&StoryId>) -> bool {
        self.is_of_all() || self.meant.contains(&(id.to_string(), story.cloned()))
    }

    /// Whether a terminal is shown, unless only conflicts are.
    pub fn has_terminal(&self, id: &str, story: Option<&StoryId>) -> bool {
        let touches = || self.touching.contains(&(id.to_string(), story.cloned()));
        self.means(id, story) && (self.filter.paths.is_empty() || touches())
    }

    /// Whether a finding is shown. What could not be determined anywhere may be at every path.
    pub fn has_finding(&self, finding: &Finding) -> bool {
        let also = if let Evidence::Conflict { also, .. } = &finding.evidence { &also[..] } else { &[] };
        let is_folder =
            matches!(finding.evidence, Evidence::Conflict { kind: ConflictKind::FileDirectory, .. });
        let is_in_folder = |path: &RepoPath| is_folder && self.is_below(path);
        let by_path = match &finding.path {
            Some(path)
                if is_in_folder(path)
                    || also.iter().any(|path| self.has_path(path) || is_in_folder(path)) =>
            {
                true
            }
            Some(path) => self.has_path(path) || path.before_moved().is_some_and(|own| self.has_path(&own)),
            None => self.filter.paths.is_empty() || finding.severity == Severity::Error,
        };
        let by_name = finding.terminals.is_empty() || finding.terminals.iter().any(|id| self.has_name(id));
        by_path && by_name && (!self.filter.conflicts || finding.severity >= Severity::Conflict)
    }

    /// Whether an entry of the history is shown: of a story also what it says of the story's terminals.
    pub fn has_entry(&self, entry: &LogEntry) -> bool {
        let is_meant = |name: &str| self.meant.iter().any(|(known, _)| known == name);
        let by_name = self.filter.terminals.is_empty()
            || entry.names().any(|name| self.terminals.is_match(name) || is_meant(name));
        let by_story = self.filter.stories.is_empty()
            || entry.stories().any(|story| self.tells(&StoryId::from(story)))
            || entry.names().any(is_meant);
        let by_path = self.filter.paths.is_empty()
            || entry.paths().any(|file| is_meant_path(&self.paths, &RepoPath::from_text(file)));
        by_name && by_story && by_path && (!self.filter.conflicts || entry.conflicts.all().next().is_some())
    }
}

/// These globs, and of a name to which git would move a file (`conf~HEAD`) the one that the file has.
fn with_own_names(globs: &[String]) -> Vec<String> {
    let own = |glob: &String| Some(RepoPath::from(glob.as_str()).before_moved()?.to_string());
    globs.iter().flat_map(|glob| [Some(glob.clone()), own(glob)]).flatten().collect()
}

/// The paths that a terminal touched, and those that renamed files had before.
fn touched_names<'f>(terminal: &'f Terminal, facts: &'f Facts) -> Vec<&'f RepoPath> {
    let tip = facts.tip(terminal);
    let before = |path: &RepoPath| tip.and_then(|tip| tip.changes.at(path)?.from.as_ref());
    let touched = terminal.touched.iter().map(|touched| &touched.path);
    touched.flat_map(|path| [Some(path), before(path)]).flatten().collect()
}

/// Whether a story is meant: by a glob of its id or number, or by another spelling of one of them.
fn is_told(globs: &GlobSet, texts: &[String], story: &StoryId) -> bool {
    // a number alone is the story with that number
    let is_number = |id: &StoryId| id.is_bare() || story.is_bare();
    let is_it = |id: StoryId| id == *story || is_number(&id) && id.number() == story.number();
    globs.is_match(story.as_str())
        || globs.is_match(story.short())
        || texts.iter().any(|text| is_it(StoryId::from(text.as_str())))
}

/// What people may call a terminal.
fn names(terminal: &Terminal, facts: &Facts) -> Vec<String> {
    let place = terminal.place().map(|place: PlaceId| &facts.places[place]);
    let of_place = place.into_iter().flat_map(|place| [Some(&place.name), place.branch.as_ref()]);
    let of_place = of_place.flatten().cloned();
    [terminal.id.clone(), shown_name(&terminal.id)].into_iter().chain(of_place).collect()
}

/// # Errors
/// One of the globs matches nothing.
fn check(
    flag: &'static str,
    globs: &[String],
    known: &[String],
    matches: impl Fn(&[String]) -> bool,
) -> Result<(), UnfitGlob> {
    match globs.iter().find(|glob| !matches(std::slice::from_ref(glob))) {
        None => Ok(()),
        Some(glob) => {
            let known: BTreeSet<&String> = known.iter().collect();
            let known = known.into_iter().cloned().collect();
            Err(UnfitGlob { flag, glob: glob.clone(), why: None, known })
        }
    }
}
