//! Values of settings at which `git merge` ends before it begins (found by experiments with git). Git reads
//! every occurrence of a setting, also one that a later one overrides.

use git2::Config;

/// What the value of a setting has to be.
#[derive(Clone, Copy)]
enum Expected {
    /// Yes or no, or one of these words.
    Flag(&'static [&'static str]),
    /// A number.
    Number,
    /// A number, yes or no, or one of these words.
    NumberOrFlag(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Settings that are yes or no.
const FLAGS: [&str; 46] = [
    "commit.gpgsign",
    "core.bare",
    "core.commitgraph",
    "core.filemode",
    "core.fsyncobjectfiles",
    "core.ignorecase",
    "core.ignorestat",
    "core.multipackindex",
    "core.precomposeunicode",
    "core.prefersymlinkrefs",
    "core.preloadindex",
    "core.protecthfs",
    "core.protectntfs",
    "core.quotepath",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "core.symlinks",
    "core.trustctime",
    "core.usereplacerefs",
    "core.warnambiguousrefs",
    "diff.autorefreshindex",
    "diff.indentheuristic",
    "diff.mnemonicprefix",
    "diff.noprefix",
    "diff.relative",
    "diff.suppressblankempty",
    "diff.trustexitcode",
    "feature.experimental",
    "feature.manyfiles",
    "gc.autodetach",
    "index.recordendofindexentries",
    "index.skiphash",
    "index.sparse",
    "maintenance.auto",
    "maintenance.autodetach",
    "merge.autostash",
    "merge.branchdesc",
    "merge.defaulttoupstream",
    "merge.renormalize",
    "merge.stat",
    "merge.verifysignatures",
    "pack.readreverseindex",
    "pack.usesparse",
    "sparse.expectfilesoutsideofpatterns",
    "stash.showstat",
    "user.useconfigonly",
];

/// Settings that are numbers.
const NUMBERS: [&str; 24] = [
    "checkout.thresholdforparallelism",
    "checkout.workers",
    "core.bigfilethreshold",
    "core.compression",
    "core.deltabasecachelimit",
    "core.filesreflocktimeout",
    "core.loosecompression",
    "core.maxtreedepth",
    "core.packedgitlimit",
    "core.packedgitwindowsize",
    "core.packedrefstimeout",
    "diff.context",
    "diff.interhunkcontext",
    "diff.renamelimit",
    "diff.statgraphwidth",
    "diff.statnamewidth",
    "index.version",
    "merge.renamelimit",
    "merge.verbosity",
    "pack.compression",
    "pack.packsizelimit",
    "commitgraph.changedpathsversion",
    "commitgraph.generationversion",
    "core.packedgitopenfilelimit",
];

/// The others.
const OTHERS: [(&str, Expected); 14] = [
    ("branch.autosetupmerge", Expected::Flag(&["always", "inherit", "simple"])),
    ("commit.cleanup", Expected::Word(&["default", "verbatim", "whitespace", "strip", "scissors"])),
    ("core.abbrev", Expected::NumberOrFlag(&["auto"])),
    ("core.autocrlf", Expected::Flag(&["input"])),
    ("core.checkstat", Expected::Word(&["default", "minimal"])),
    ("core.logallrefupdates", Expected::Flag(&["always"])),
    ("core.safecrlf", Expected::Flag(&["warn"])),
    ("diff.algorithm", Expected::Word(&["default", "myers", "minimal", "patience", "histogram"])),
    ("diff.ignoresubmodules", Expected::Word(&["all", "untracked", "dirty", "none"])),
    ("diff.renames", Expected::Flag(&["copies", "copy"])),
    ("index.threads", Expected::NumberOrFlag(&[])),
    ("merge.conflictstyle", Expected::Word(&["merge", "diff3", "zdiff3"])),
    ("merge.log", Expected::NumberOrFlag(&[])),
    ("merge.renames", Expected::Flag(&["copies", "copy"])),
];

/// The first setting at whose value git ends, with the value.
pub(super) fn refused_value(config: &Config) -> Option<String> {
    let mut entries = config.entries(None).ok()?;
    while let Some(Ok(entry)) = entries.next() {
        let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
        let value = entry.has_value().then(|| String::from_utf8_lossy(entry.value_bytes()).into_owned());
        if expected(name).is_some_and(|expected| !expected.allows(value.as_deref())) {
            return Some(value.map_or_else(|| name.to_string(), |value| format!("{name}={value}")));
        }
    }
    None
}

fn expected(name: &str) -> Option<Expected> {
    if FLAGS.contains(&name) {
        return Some(Expected::Flag(&[]));
    }
    if NUMBERS.contains(&name) {
        return Some(Expected::Number);
    }
    let is_binary = name.starts_with("diff.") && name.ends_with(".binary");
    let other = OTHERS.iter().find(|(other, _)| *other == name).map(|(_, expected)| *expected);
    other.or(is_binary.then_some(Expected::Flag(&["auto"])))
}

impl Expected {
    /// Whether git goes on with this value, or without one.
    fn allows(self, value: Option<&str>) -> bool {
        let Some(value) = value else { return matches!(self, Expected::Flag(_) | Expected::NumberOrFlag(_)) };
        let lower = value.to_ascii_lowercase();
        let is_word = |words: &[&str]| words.contains(&lower.as_str());
        match self {
            Expected::Flag(words) => is_flag(&lower) || is_word(words),
            Expected::Number => is_number(&lower),
            Expected::NumberOrFlag(words) => is_flag(&lower) || is_word(words),
            Expected::Word(words) => is_word(words),
        }
    }
}

/// Whether git reads it as yes or no; any number is one of them.
fn is_flag(value: &str) -> bool {
    matches!(value, "" | "true" | "yes" | "on" | "false" | "no" | "off") || is_number(value)
}

/// Whether git reads it as a number: decimal, octal or hexadecimal, with a unit or without.
fn is_number(value: &str) -> bool {
    let value = value.trim_start();
    let value = value.strip_prefix(['-', '+']).unwrap_or(value);
    let digits = value.strip_suffix(['k', 'm', 'g']).unwrap_or(value);
    match digits.strip_prefix("0x") {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
        None => !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()),
    }
}
