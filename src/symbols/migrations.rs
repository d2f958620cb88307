//! Migrations: a graph with more leaves than either side has, or one number twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::diff::RawChange;
use crate::merge::{Missing, Objects, entry_at};
use crate::model::{
    BreakPattern, Confidence, Entry, EntryKind, MergedTrees, Oid, RepoPath, SemanticBreak, SourcePlace,
};

/// Larger files are no migrations.
const LARGEST: u64 = 1 << 20;

/// One migration of a graph.
struct Migration {
    path: RepoPath,
    id: String,
    /// Those it comes after.
    after: Vec<String>,
}

/// The heads that only the merged tree has.
pub(super) fn heads(
    objects: &dyn Objects,
    trees: &MergedTrees,
    [ours, theirs]: [&[RawChange]; 2],
) -> Result<Vec<SemanticBreak>, Missing> {
    let mut found = Vec::new();
    let folders = |changes: &[RawChange]| -> BTreeSet<RepoPath> {
        changes
            .iter()
            .filter(|change| is_python(&change.path))
            .filter_map(|change| graph_folder(&change.path))
            .collect()
    };
    for folder in folders(ours).intersection(&folders(theirs)) {
        let read = |tree: Oid| graph(objects, tree, folder);
        let [base, ours, theirs, merged] = [trees.base, trees.ours, trees.theirs, trees.merged].map(read);
        let (base, ours, theirs, merged) = (base?, ours?, theirs?, merged?);
        found.extend(new_heads(&merged, [&base, &ours, &theirs].map(|graph| leaves(graph))));
    }
    found.extend(numbers_twice(objects, trees, ours, theirs)?);
    Ok(found)
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

/// The migrations of a folder, and of the folders below where they belong to it.
fn graph(objects: &dyn Objects, tree: Oid, folder: &RepoPath) -> Result<Vec<Migration>, Missing> {
    let mut found = Vec::new();
    let Some(Entry { kind: EntryKind::Tree, oid }) = entry_at(objects, tree, folder)? else {
        return Ok(found);
    };
    let mut folders = vec![(folder.clone(), oid)];
    while let Some((at, oid)) = folders.pop() {
        for entry in objects.tree(oid)?.iter() {
            let path = at.join(&entry.name);
            match entry.entry.kind {
                EntryKind::Tree if folder.file_name() == b"versions" => folders.push((path, entry.entry.oid)),
                EntryKind::File | EntryKind::Executable
                    if is_python(&path) && objects.blob_size(entry.entry.oid)? <= LARGEST =>
                {
                    let text = objects.blob(entry.entry.oid)?;
                    found.extend(migration(&path, &String::from_utf8_lossy(&text)));
                }
                EntryKind::File
                | EntryKind::Executable
                | EntryKind::Tree
                | EntryKind::Symlink
                | EntryKind::Submodule => {}
            }
        }
    }
    found.sort_by(|one: &Migration, other| one.path.cmp(&other.path));
    name_app(&mut found);
    Ok(found)
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
fn number(path: &RepoPath) -> Option<(u64, String)> {
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

fn is_migration_folder(folder: &RepoPath) -> bool {
    let words = ["migration", "migrations", "migrate", "versions"];
    folder.as_bytes().split(|byte| *byte == b'/').any(|part| words.iter().any(|word| word.as_bytes() == part))
}

/// A number that each side gave to another file of one folder, where numbers were unique before.
fn numbers_twice(
    objects: &dyn Objects,
    trees: &MergedTrees,
    ours: &[RawChange],
    theirs: &[RawChange],
) -> Result<Vec<SemanticBreak>, Missing> {
    type AddedNumbers<'c> = BTreeMap<(RepoPath, (u64, String)), &'c RepoPath>;
    fn added(changes: &[RawChange]) -> AddedNumbers<'_> {
        let new = changes.iter().filter(|change| change.old.is_none() && change.new.is_some());
        let numbered =
            new.filter_map(|change| Some(((change.path.parent()?, number(&change.path)?), &change.path)));
        numbered.filter(|((folder, _), _)| is_migration_folder(folder)).collect()
    }
    let (ours, theirs) = (added(ours), added(theirs));
    let mut found = Vec::new();
    for (key, path) in &ours {
        let Some(other) = theirs.get(key).filter(|other| *other != path) else { continue };
        let still = |path| entry_at(objects, trees.merged, path);
        let Some(Entry { oid, .. }) = entry_at(objects, trees.base, &key.0)? else { continue };
        let mut before: Vec<(u64, String)> =
            objects.tree(oid)?.iter().filter_map(|entry| number(&RepoPath::new(&entry.name[..]))).collect();
        before.sort();
        let unique = before.len() >= 2 && before.windows(2).all(|pair| pair[0] != pair[1]);
        if unique && still(path)?.is_some() && still(other)?.is_some() {
            found.push(SemanticBreak {
                pattern: BreakPattern::MigrationHeads,
                symbol: key.1.0.to_string(),
                definition: SourcePlace { path: (*path).clone(), lines: None },
                uses: SourcePlace { path: (*other).clone(), lines: None },
                changed_by_theirs: false,
                confidence: Confidence::Certain,
            });
        }
    }
    Ok(found)
}
