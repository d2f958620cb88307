//! Which room may name which, and other rules about the shape of the code, held by tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use petgraph::graphmap::DiGraphMap;

use imports::{is_own_folder, uses};
use sources::{CRATES, sources};

mod imports;
mod sources;

/// The rooms of all crates, and which others each may name.
const ROOMS: [(&str, &[&str]); 26] = [
    ("lib", &[]),
    ("model", &[]),
    ("files", &[]),
    ("table", &["model"]),
    ("watching", &[]),
    ("merge", &["model", "table"]),
    ("interaction", &["merge", "model", "table"]),
    ("symbols", &["merge", "model", "table"]),
    ("git", &["files", "merge", "model", "table"]), // it is an object source
    ("cache", &["git", "interaction", "merge", "model", "symbols", "table"]), // it keeps what was worked out
    ("trials", &["files", "git", "model"]),
    ("merging", &["files", "git", "model", "trials"]),
    ("sharing", &["files", "git", "merge", "model"]),
    ("yaml", &["files", "model"]),
    ("tracking", &["files", "model", "yaml"]),
    ("stories", &["files", "model", "yaml"]),
    ("planning", &["model"]),
    ("checks", &["model", "planning"]),
    ("render", &["checks", "model", "planning"]),
    ("hooks", &["files", "model"]),
    ("error", &["config", "git", "merge", "model"]),
    ("config", &["files", "model", "tracking", "yaml"]),
    ("context", &["git", "model"]),
    (
        "pipeline",
        &[
            "cache",
            "checks",
            "config",
            "context",
            "error",
            "git",
            "interaction",
            "merge",
            "model",
            "planning",
            "merging",
            "sharing",
            "stories",
            "symbols",
            "tracking",
            "trials",
        ],
    ),
    ("cli", &["hooks", "model"]),
    (
        "commands",
        &[
            "checks",
            "cli",
            "config",
            "context",
            "error",
            "files",
            "git",
            "hooks",
            "interaction",
            "merge",
            "merging",
            "model",
            "pipeline",
            "planning",
            "render",
            "sharing",
            "stories",
            "symbols",
            "tracking",
            "trials",
            "watching",
        ],
    ),
];

/// What the program itself may name of the library.
const DOORWAY: [&str; 4] = ["cli", "commands", "context", "model"];

/// The rooms that a file names after `crate::`, or after the name of the library.
fn known_rooms<'a>(code: &'a str, library: &str) -> BTreeSet<&'a str> {
    let start = |(at, word): (usize, &str)| &code[at + word.len()..];
    code.match_indices(library).map(start).map(|rest| &rest[..sources::name_length(rest)]).collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    let mut wrong = Vec::new();
    for source in sources() {
        let (known, allowed) = match source.room() {
            "main" => (known_rooms(&source.code, "track_work::"), &DOORWAY[..]),
            room => {
                let row = ROOMS.iter().find(|(name, _)| *name == room);
                (known_rooms(&source.code, "crate::"), row.unwrap_or_else(|| panic!("no row for {room}")).1)
            }
        };
        for room in known {
            if room != source.room() && !allowed.contains(&room) {
                wrong.push(format!("{} knows {room}", source.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Words of a trade, and the only places that may use them.
const TRADES: [(&str, &[&str]); 15] = [
    (".display()", &[]), // model::shown_path makes a path fit to be shown
    ("git2::", &["git/"]),
    ("gix_index", &["git/"]),
    ("serde_yaml", &["tracking/", "stories/", "yaml/", "yaml.rs", "config.rs"]),
    ("yaml_edit", &["tracking/", "yaml/", "yaml.rs"]),
    ("postcard::", &["cache/"]),
    ("tree_sitter", &["symbols/reader.rs", "symbols/notes.rs", "symbols/nodes.rs", "symbols/languages/"]),
    ("println!", &[]),
    ("print!", &[]),
    ("io::stdout()", &["main.rs", "context.rs"]),
    ("io::stderr()", &["main.rs"]),
    ("Utc::now", &["context.rs"]),
    ("current_dir()", &["context.rs"]),
    (
        "Command::new",
        &["git/program.rs", "git/shell.rs", "git/merge_driver.rs", "git/pager.rs", "commands/demo/mod.rs"],
    ),
    (
        "fs::write(",
        &[
            "commands/demo/shop.rs",
            "git/stand_in.rs",
            "git/merge_driver.rs",
            "git/checkouts.rs",
            "git/configuration.rs",
        ],
    ), // in folders of their own making
];

#[test]
fn each_trade_has_its_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (word, places) in TRADES {
            if source.code.contains(word) && !places.iter().any(|place| source.file.starts_with(place)) {
                wrong.push(format!("{} uses {word}", source.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_files_use_each_other_in_a_cycle() {
    let sources = sources();
    let uses = uses(&sources);
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for (file, used) in &uses {
        for other in used {
            if !is_own_folder(file, other) && !is_own_folder(other, file) {
                graph.add_edge(file, other, ());
            }
        }
    }
    let mut cycles: Vec<Vec<&str>> = petgraph::algo::tarjan_scc(&graph);
    cycles.retain(|files| files.len() > 1);
    cycles.iter_mut().for_each(|files| files.sort());
    cycles.sort();
    assert!(cycles.is_empty(), "{cycles:#?}");
}

#[test]
fn every_file_says_what_is_in_it() {
    let without: Vec<String> = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.file)
        .collect();
    assert!(without.is_empty(), "no module doc: {without:#?}");
}

#[test]
fn a_type_name_means_one_thing() {
    let sources = sources();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in &sources {
        for name in source.types() {
            places.entry(name).or_default().push(&source.file);
        }
    }
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn every_dependency_says_why_it_is_here() {
    for folder in CRATES {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let start = manifest.find("\n[dependencies]").unwrap();
        let section = manifest[start + 1..].split("\n[").next().unwrap();
        let lines: Vec<&str> = section.lines().filter(|line| !line.is_empty()).collect();
        for (above, line) in lines.iter().zip(&lines[1..]) {
            assert!(line.contains('#') || above.starts_with('#'), "no reason: {line}");
        }
    }
}

/// Renderers for people end a line that holds a value by `paint::line`, `wrapped` or `hanging`, which let
/// no line break of another's through.
#[test]
fn lines_with_values_are_ended_in_one_place() {
    let files = sources().into_iter().filter(|source| source.file.starts_with("render/human/"));
    let mut wrong = Vec::new();
    for source in files.filter(|source| source.file != "render/human/paint.rs") {
        let texts = source.text.lines().filter(|line| {
            line.split('"')
                .skip(1)
                .step_by(2)
                .any(|text| text.rfind("\\n").is_some_and(|end| text[..end].contains('}')))
        });
        wrong.extend(texts.map(|line| format!("{}: {}", source.file, line.trim())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a release offers is built for the same platforms everywhere.
#[test]
fn every_platform_of_a_release_has_all_its_packages() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (workflow, packages) = (read(".github/workflows/release.yml"), read("packaging/npm-packages"));
    let listed = packages.lines().find_map(|line| line.strip_prefix("platforms='")).unwrap();
    let listed: BTreeSet<&str> = listed.trim_end_matches('\'').split(' ').collect();
    let built: BTreeSet<&str> =
        workflow.split("npm: ").skip(1).map(|rest| rest.split(' ').next().unwrap()).collect();
    assert_eq!(listed, built);
    let archive = "track-work-${{ matrix.target }}.tar.gz";
    assert!(workflow.contains(archive) && read("Cargo.toml").contains("track-work-{ target }.tar.gz"));
}
