//! Migrations: a graph with more leaves than either side has, or one number or class twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use foldhash::HashMap;

use crate::merge::{Missing, Objects, RawChange, TreeLister, entry_at};
use crate::model::{
    BreakPattern, Confidence, Entry, EntryKind, MergedTrees, Oid, RepoPath, SemanticBreak, SourcePlace,
};

/// Larger files are no migrations.
const LARGEST: u64 = 1 << 20;

/// One migration of a graph.
#[derive(Clone, PartialEq)]
struct Migration {
    path: RepoPath,
    id: String,
    /// Those it comes after.
    after: Vec<String>,
}

/// The number with which a migration begins, and what it does (`up`, `down`).
type MigrationNumber = (u64, String);

/// The migrations of one folder.
pub struct MigrationFolder {
    /// Those that name each other.
    graph: BTreeMap<RepoPath, Migration>,
    /// Those that are counted.
    numbers: BTreeMap<RepoPath, MigrationNumber>,
}

/// Reads the migrations of trees, each file once.
pub struct MigrationReader<'a> {
    objects: &'a dyn Objects,
    known: RefCell<HashMap<(RepoPath, Oid), Option<Migration>>>,
    folders: RefCell<HashMap<(Oid, RepoPath), Rc<MigrationFolder>>>,
}

/// The heads that only the merged tree has, and the numbers that it has twice.
pub(super) fn heads(
    objects: &dyn Objects,
    trees: &MergedTrees,
    sides: [&[RawChange]; 2],
) -> Result<Vec<SemanticBreak>, Missing> {
    let mut found = Vec::new();
    let folders = sides.map(|changes| -> BTreeSet<RepoPath> {
        let may_matter =
            |change: &&RawChange| is_python(&change.path) || change.old.is_none() && change.new.is_some();
        changes.iter().filter(may_matter).filter_map(|change| migration_folder(&change.path)).collect()
    });
    let reader = MigrationReader::new(objects);
    for folder in folders[0].intersection(&folders[1]) {
        let read = |tree: Oid| reader.folder(tree, folder);
        let sides = [read(trees.base)?, read(trees.ours)?, read(trees.theirs)?];
        found.extend(read(trees.merged)?.broken([&sides[0], &sides[1], &sides[2]]));
    }
    Ok(found)
}

/// The folder whose migrations a file may belong to, by its name.
pub fn migration_folder(path: &RepoPath) -> Option<RepoPath> {
    if is_python(path) {
        return graph_folder(path);
    }
    path.parent().filter(|folder| is_migration_folder(folder) && number(path).is_some())
}

impl<'a> MigrationReader<'a> {
    /// Reads from this store.
    pub fn new(objects: &'a dyn Objects) -> MigrationReader<'a> {
        MigrationReader { objects, known: RefCell::default(), folders: RefCell::default() }
    }

    /// Whether a file, whose name may be that of a migration, is one.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn is_migration(&self, path: &RepoPath, entry: Entry) -> Result<bool, Missing> {
        Ok(entry.kind.is_file() && (!is_python(path) || self.migration(path, entry.oid)?.is_some()))
    }

    fn migration(&self, path: &RepoPath, content: Oid) -> Result<Option<Migration>, Missing> {
        let key = (path.clone(), content);
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = match self.objects.blob_size(content)? <= LARGEST {
            true => migration(path, &String::from_utf8_lossy(&self.objects.blob(content)?)),
            false => None,
        };
        self.known.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// The migrations of a folder in a tree, with those of the folders below where they belong to it.
    ///
    /// # Errors
    /// A tree or file that cannot be read.
    pub fn folder(&self, tree: Oid, folder: &RepoPath) -> Result<Rc<MigrationFolder>, Missing> {
        let key = (tree, folder.clone());
        if let Some(known) = self.folders.borrow().get(&key) {
            return Ok(known.clone());
        }
        let mut found = MigrationFolder { graph: BTreeMap::new(), numbers: BTreeMap::new() };
        let counted = is_migration_folder(folder);
        let entry = entry_at(self.objects, tree, folder)?.filter(|entry| entry.kind == EntryKind::Tree);
        let mut folders: Vec<(RepoPath, Oid, usize)> =
            entry.into_iter().map(|entry| (folder.clone(), entry.oid, 0)).collect();
        let lister = TreeLister::new(self.objects, tree);
        while let Some((at, oid, level)) = folders.pop() {
            for entry in lister.tree(oid, level)?.iter() {
                let path = at.join(&entry.name);
                let Entry { kind, oid } = entry.entry;
                if kind == EntryKind::Tree && folder.file_name() == b"versions" {
                    folders.push((path, oid, level + 1));
                } else if kind.is_file() && is_python(&path) {
                    let migration = self.migration(&path, oid)?;
                    found.graph.extend(migration.map(|migration| (path, migration)));
                } else if kind.is_file() && counted && at == *folder {
                    found.numbers.extend(number(&path).map(|number| (path, number)));
                }
            }
        }
        let found = Rc::new(found);
        self.folders.borrow_mut().insert(key, found.clone());
        Ok(found)
    }
}

impl MigrationFolder {
    /// What a merge makes of a folder; `None` where both sides changed what one migration says of itself.
    pub fn merged([base, ours, theirs]: [&MigrationFolder; 3]) -> Option<MigrationFolder> {
        let graph = three_way([&base.graph, &ours.graph, &theirs.graph])?;
        let numbers = three_way([&base.numbers, &ours.numbers, &theirs.numbers])?;
        Some(MigrationFolder { graph, numbers })
    }

    /// What is wrong in this merged folder, and neither in the base nor on one of the sides.
    pub fn broken(&self, [base, ours, theirs]: [&MigrationFolder; 3]) -> Vec<SemanticBreak> {
        let leaves_of = [base, ours, theirs].map(|side| leaves(&side.named()));
        let mut found: Vec<SemanticBreak> = new_heads(&self.named(), leaves_of).into_iter().collect();
        found.extend(self.numbers_twice([base, ours, theirs]));
        found.extend(self.classes_twice([base, ours, theirs]));
        found
    }

    fn named(&self) -> Vec<Migration> {
        let mut all: Vec<Migration> = self.graph.values().cloned().collect();
        name_app(&mut all);
        all
    }

    /// A class that two migrations of Rails have, where each side added one: Rails knows it by the name of the file, and runs
    /// none of them.
    fn classes_twice(&self, [base, ours, theirs]: [&MigrationFolder; 3]) -> Vec<SemanticBreak> {
        // two files with one number are told as that
        let is_number = |one: &RepoPath, other: &RepoPath| number(one) == number(other);
        let class = |path: &RepoPath, _: &MigrationNumber| rails_class(path);
        let both = self.given_by_both([base, ours, theirs], class).into_iter();
        let both = both.filter(|(_, one, other)| !is_number(one, other));
        both.map(|(class, one, other)| given_twice(class, one, other)).collect()
    }

    /// A number that each side gave to another file, where numbers were unique before.
    fn numbers_twice(&self, [base, ours, theirs]: [&MigrationFolder; 3]) -> Vec<SemanticBreak> {
        let is_counted = |side: &MigrationFolder| {
            let mut numbers: Vec<&MigrationNumber> = side.numbers.values().collect();
            numbers.sort();
            numbers.windows(2).all(|pair| pair[0] != pair[1])
        };
        let is_series = [ours, theirs].iter().any(|side| side.numbers.len() > 1);
        if !is_series || ![base, ours, theirs].into_iter().all(is_counted) {
            return Vec::new();
        }
        let both = self.given_by_both([base, ours, theirs], |_, number| Some(number.clone())).into_iter();
        both.map(|(number, one, other)| given_twice(number.0.to_string(), one, other)).collect()
    }

    /// What each side gave to a file that it added and the merge keeps, where those are two files.
    fn given_by_both<'f, K: Ord>(
        &self,
        [base, ours, theirs]: [&'f MigrationFolder; 3],
        given: impl Fn(&RepoPath, &MigrationNumber) -> Option<K>,
    ) -> Vec<(K, &'f RepoPath, &'f RepoPath)> {
        let [ours, theirs] = [ours, theirs].map(|side| -> BTreeMap<K, &RepoPath> {
            let added = side.numbers.iter().filter(|(path, _)| !base.numbers.contains_key(*path));
            let kept = added.filter(|(path, _)| self.numbers.contains_key(*path));
            kept.filter_map(|(path, number)| Some((given(path, number)?, path))).collect()
        });
        let both = ours.into_iter().filter_map(|(key, path)| Some((theirs.get(&key).copied()?, key, path)));
        both.filter(|(other, _, path)| path != other).map(|(other, key, path)| (key, path, other)).collect()
    }
}

/// Two migrations that cannot stand beside each other.
fn given_twice(symbol: String, one: &RepoPath, other: &RepoPath) -> SemanticBreak {
    let place = |path: &RepoPath| SourcePlace { path: path.clone(), lines: None };
    SemanticBreak {
        pattern: BreakPattern::MigrationHeads,
        symbol,
        definition: place(one),
        uses: place(other),
        changed_by_theirs: false,
        confidence: Confidence::Certain,
        became: None,
    }
}

/// What a merge makes of the files of a folder; `None` where both sides changed one.
fn three_way<T: Clone + PartialEq>(
    [base, ours, theirs]: [&BTreeMap<RepoPath, T>; 3],
) -> Option<BTreeMap<RepoPath, T>> {
    let mut merged = ours.clone();
    for path in base.keys().chain(theirs.keys()) {
        let [was, own, other] = [base, ours, theirs].map(|side| side.get(path));
        if own == other || other == was {
            continue;
        }
        if own != was {
            return None;
        }
        match other {
            Some(other) => drop(merged.insert(path.clone(), other.clone())),
            None => drop(merged.remove(path)),
        }
    }
    Some(merged)
}

fn is_python(path: &RepoPath) -> bool {
    path.file_name().ends_with(b".py")
}

/// The folder whose migrations make one graph: all below `versions`, or those in `migrations`.
fn graph_folder(path: &RepoPath) -> Option<RepoPath> {
    let folder = path.parent()?;
    let mut above = Some(folder.clone());
    while let Some(at) = above {
        if at.file_name() == b"versions" {
            return Some(at);
        }
        above = at.parent();
    }
    Some(folder)
}

/// Gives the migrations of Django the name that their app has where they name each other.
fn name_app(graph: &mut [Migration]) {
    let own: BTreeSet<String> = graph.iter().map(|one| one.id.clone()).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (app, name) in graph.iter().flat_map(|one| &one.after).filter_map(|id| id.split_once('/')) {
        if own.contains(name) {
            *counts.entry(app.to_string()).or_default() += 1;
        }
    }
    let Some((app, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return };
    graph.iter_mut().for_each(|one| one.id = format!("{app}/{}", one.id));
}

/// What a file says of itself as a migration of Alembic or of Django.
fn migration(path: &RepoPath, text: &str) -> Option<Migration> {
    if let Some(revision) = assigned(text, "revision", "") {
        let id = strings(revision).next()?;
        let after = strings(assigned(text, "down_revision", "")?).collect();
        return Some(Migration { path: path.clone(), id, after });
    }
    let dependencies =
        assigned(text, "dependencies", "    ").or_else(|| assigned(text, "dependencies", "\t"))?;
    if !text.contains("Migration") {
        return None;
    }
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let id = name.strip_suffix(".py")?.to_string();
    let words: Vec<String> = strings(dependencies).collect();
    // `replaces` names those that it stands for: they come before it too
    let replaced = assigned(text, "replaces", "    ").map(|text| strings(text).collect()).unwrap_or_default();
    let pairs = |words: &Vec<String>| -> Vec<(String, String)> {
        words.chunks(2).filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone()))).collect()
    };
    let after =
        pairs(&words).into_iter().chain(pairs(&replaced)).map(|(of, name)| format!("{of}/{name}")).collect();
    Some(Migration { path: path.clone(), id, after })
}

/// The text that is assigned to a name at the beginning of a line, after this indent.
fn assigned<'t>(text: &'t str, name: &str, indent: &str) -> Option<&'t str> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(indent).and_then(|line| line.strip_prefix(name)) else { continue };
        if !rest.starts_with([' ', ':', '=']) {
            continue;
        }
        let Some(equals) = rest.find('=') else { continue };
        let value = start + (line.len() - rest.len()) + equals + 1;
        return Some(balanced(&text[value..]));
    }
    None
}

/// A value: to the end of its brackets, or of its line. Comments are left in.
fn balanced(text: &str) -> &str {
    let mut depth = 0usize;
    let mut quote = None;
    let mut comment = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (_, '\n') if comment => comment = false,
            _ if comment => {}
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => comment = true,
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[..=at];
                }
            }
            (None, '\n') if depth == 0 => return &text[..at],
            (None, _) => {}
        }
    }
    text
}

/// The quoted strings of a value, comments left out.
fn strings(text: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '#']) {
        let mark = rest[at..].chars().next().unwrap_or('#');
        let inner = &rest[at + 1..];
        if mark == '#' {
            rest = inner.find('\n').map_or("", |end| &inner[end..]);
            continue;
        }
        let Some(end) = inner.find(mark) else { break };
        found.push(inner[..end].to_string());
        rest = &inner[end + 1..];
    }
    found.into_iter()
}

/// Those that none comes after, with their files.
fn leaves(graph: &[Migration]) -> BTreeMap<String, RepoPath> {
    let mut found: BTreeMap<String, RepoPath> =
        graph.iter().map(|one| (one.id.clone(), one.path.clone())).collect();
    for migration in graph {
        migration.after.iter().for_each(|before| {
            found.remove(before);
        });
    }
    found
}

type Leaves = BTreeMap<String, RepoPath>;

/// A leaf of each side, where the merged graph has more of them than either, or where they go on from the same
/// of several leaves of the base.
fn new_heads(graph: &[Migration], [base, ours, theirs]: [Leaves; 3]) -> Option<SemanticBreak> {
    let merged = leaves(graph);
    if merged.len() <= ours.len().max(theirs.len()) && base.len() < 2 {
        return None;
    }
    let new = |side: &Leaves, other: &Leaves| -> Option<(String, RepoPath)> {
        let mut own = side.iter().filter(|(id, _)| merged.contains_key(*id) && !base.contains_key(*id));
        let is_own = |(id, _): &(&String, &RepoPath)| !other.contains_key(*id);
        let found = own.find(is_own)?;
        Some((found.0.clone(), found.1.clone()))
    };
    let (first, other) = (new(&ours, &theirs)?, new(&theirs, &ours)?);
    let [one, two] = [&first.0, &other.0].map(|id| leaves_before(graph, id, &base));
    if base.len() > 1 && !one.is_empty() && !two.is_empty() && one.is_disjoint(&two) {
        return None; // branches that were apart before
    }
    let place = |path| SourcePlace { path, lines: None };
    let name = |id: String| id.rsplit('/').next().unwrap_or_default().to_string();
    Some(SemanticBreak {
        pattern: BreakPattern::MigrationHeads,
        symbol: format!("{} / {}", name(first.0), name(other.0)),
        definition: place(first.1),
        uses: place(other.1),
        changed_by_theirs: false,
        confidence: Confidence::Certain,
        became: None,
    })
}

/// The leaves of the base that come before a migration.
fn leaves_before<'g>(graph: &'g [Migration], id: &'g str, base: &Leaves) -> BTreeSet<&'g str> {
    let known: BTreeMap<&str, &Migration> = graph.iter().map(|one| (&*one.id, one)).collect();
    let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        if seen.insert(id) && !base.contains_key(id) {
            open.extend(known.get(id).iter().flat_map(|one| one.after.iter().map(String::as_str)));
        }
    }
    seen.retain(|id| base.contains_key(*id));
    seen
}

/// The number with which a migration of SQL or of Rails begins, and what it does (`up`, `down`).
fn number(path: &RepoPath) -> Option<MigrationNumber> {
    let name = std::str::from_utf8(path.file_name()).ok()?;
    let (stem, kind) = name.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "sql" | "rb"))?;
    let (stem, direction) = match stem.rsplit_once('.') {
        Some((stem, way @ ("up" | "down"))) => (stem, way),
        _ => (stem, ""),
    };
    // Flyway: `V12__name`; a repeatable one (`R__`) has no number
    let rest = if kind == "sql" { stem.strip_prefix('V').unwrap_or(stem) } else { stem };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = &rest[digits..];
    let is_separated = after.starts_with(['_', '-']) && digits > 0;
    is_separated.then(|| Some((rest[..digits].parse().ok()?, direction.to_string())))?
}

/// The class that Rails expects in a migration, by its name: `CreateUsers` of `db/migrate/20240103000000_create_users.rb`.
fn rails_class(path: &RepoPath) -> Option<String> {
    let name = std::str::from_utf8(path.file_name()).ok()?;
    let is_rails = path.parent().is_some_and(|folder| folder.file_name().ends_with(b"migrate"));
    let (_, words) = name.strip_suffix(".rb").filter(|_| is_rails)?.split_once('_')?;
    // a scope, as an engine has it
    let words = words.split('.').next().unwrap_or_default();
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let class: String = words.split('_').filter_map(upper).collect();
    (!class.is_empty()).then_some(class)
}

fn is_migration_folder(folder: &RepoPath) -> bool {
    let words = ["migration", "migrations", "migrate", "versions"];
    folder.as_bytes().split(|byte| *byte == b'/').any(|part| words.iter().any(|word| word.as_bytes() == part))
}
