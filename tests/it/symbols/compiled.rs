//! Small programs with known breaks and known neighbours of them, merged and compiled where a compiler is at
//! hand: what is said at `warning` does not compile. `TRACK_WORK_CASES=200` tries more.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Sandbox, seeds};

use super::sides::{Files, judged, warnings};

/// A generator of numbers: the same seed gives the same ones.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// How a language writes what the programs are made of.
struct Form {
    ending: &'static str,
    /// A function of this name with so many parameters, the last of them with a default.
    function: fn(&str, usize, bool) -> String,
    /// The user file: it imports these names and calls each with so many arguments.
    user: fn(&[(String, usize)]) -> String,
    /// Whether the merged files are in order; `None` where no compiler is at hand.
    compiles: fn(&Path, &Files) -> Option<bool>,
}

fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

fn runs(command: &mut Command) -> Option<bool> {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok().map(|status| status.success())
}

const RUST: Form = Form {
    ending: "rs",
    function: |name, count, _| format!("pub fn {name}({}) {{}}\n", list(count, |at| format!("_p{at}: u8"))),
    user: |calls| {
        let uses: String = calls.iter().map(|(name, _)| format!("use crate::lib_a::{name};\n")).collect();
        let lines: String = calls
            .iter()
            .map(|(name, count)| format!("    {name}({});\n", list(*count, |_| "1".into())))
            .collect();
        format!("{uses}pub fn user() {{\n{lines}}}\n")
    },
    compiles: |folder, files| {
        let modules: String = files
            .keys()
            .filter_map(|path| path.strip_suffix(".rs"))
            .map(|name| format!("pub mod {name};\n"))
            .collect();
        std::fs::write(folder.join("main_all.rs"), modules).unwrap();
        let mut rustc = Command::new("rustc");
        rustc.args(["--crate-type", "lib", "--emit", "metadata", "--edition", "2021", "-o"]);
        runs(rustc.arg(folder.join("out")).arg(folder.join("main_all.rs")))
    },
};

const PYTHON: Form = Form {
    ending: "py",
    function: |name, count, default| {
        let one = |at| if default && at + 1 == count { format!("p{at}=1") } else { format!("p{at}") };
        format!("def {name}({}):\n    pass\n", list(count, one))
    },
    user: |calls| {
        let uses: String = calls.iter().map(|(name, _)| format!("from lib_a import {name}\n")).collect();
        let lines: String =
            calls.iter().map(|(name, count)| format!("{name}({})\n", list(*count, |_| "1".into()))).collect();
        format!("{uses}{lines}")
    },
    compiles: |folder, files| {
        let users: Vec<&String> = files.keys().filter(|path| path.starts_with("user")).collect();
        let run = |path: &&String| runs(Command::new("python3").arg("-B").arg(folder.join(path)));
        users.iter().map(run).collect::<Option<Vec<bool>>>().map(|all| all.into_iter().all(|one| one))
    },
};

const JAVASCRIPT: Form = Form {
    ending: "mjs",
    function: |name, count, _| {
        format!("export function {name}({}) {{}}\n", list(count, |at| format!("p{at}")))
    },
    user: |calls| {
        let uses: String =
            calls.iter().map(|(name, _)| format!("import {{ {name} }} from './lib_a.mjs';\n")).collect();
        let lines: String = calls
            .iter()
            .map(|(name, count)| format!("{name}({});\n", list(*count, |_| "1".into())))
            .collect();
        format!("{uses}{lines}")
    },
    compiles: loads,
};

const COMMON_JS: Form = Form {
    ending: "cjs",
    function: |name, count, _| {
        format!("exports.{name} = function ({}) {{}};\n", list(count, |at| format!("p{at}")))
    },
    user: |calls| {
        let names = list(calls.len(), |at| calls[at].0.clone());
        let lines: String = calls
            .iter()
            .map(|(name, count)| format!("{name}({});\n", list(*count, |_| "1".into())))
            .collect();
        format!("const {{ {names} }} = require('./lib_a.cjs');\n{lines}")
    },
    compiles: loads,
};

fn loads(folder: &Path, files: &Files) -> Option<bool> {
    let users: Vec<&String> = files.keys().filter(|path| path.starts_with("user")).collect();
    let run = |path: &&String| runs(Command::new("node").arg(folder.join(path)));
    users.iter().map(run).collect::<Option<Vec<bool>>>().map(|all| all.into_iter().all(|one| one))
}

/// A library with functions, which one side changes, and users of it, to which the other side adds.
fn sides(form: &Form, numbers: &mut Numbers) -> [Files; 3] {
    let functions: Vec<(String, usize)> = (0..3).map(|at| (format!("work_{at}"), numbers.below(3))).collect();
    let written = |functions: &[(String, usize, bool)]| -> String {
        functions.iter().map(|(name, count, default)| (form.function)(name, *count, *default)).collect()
    };
    let plain: Vec<(String, usize, bool)> =
        functions.iter().map(|(name, count)| (name.clone(), *count, false)).collect();
    let (library, old_user) = (format!("lib_a.{}", form.ending), format!("user_old.{}", form.ending));
    let base =
        Files::from([(library.clone(), written(&plain)), (old_user.clone(), (form.user)(&functions[..1]))]);
    let mut changed = plain;
    let at = 1 + numbers.below(2);
    match numbers.below(5) {
        0 => changed[at].1 += 1,
        1 => changed[at] = (changed[at].0.clone(), changed[at].1 + 1, true),
        2 => changed[at].0.push_str("_new"),
        3 => drop(changed.remove(at)),
        _ => {}
    }
    let mut ours = base.clone();
    ours.insert(library, written(&changed));
    let mut theirs = base.clone();
    let called = 1 + numbers.below(2);
    theirs.insert(format!("user_new.{}", form.ending), (form.user)(&functions[called..called + 1]));
    [base, ours, theirs]
}

/// A library, and what breaks those who use it or not, and users of whom each does something else with it.
struct LibraryKind {
    library: &'static str,
    breaks: &'static [&'static str],
    fine: &'static [&'static str],
    users: &'static [&'static str],
}

/// Kinds beside functions and their parameters. `LIB` is the file, `Kit` and `run` are names that vary.
struct KindsOf {
    form: Form,
    kinds: &'static [LibraryKind],
}

const KINDS: [KindsOf; 4] = [
    KindsOf {
        form: RUST,
        kinds: &[
            LibraryKind {
                library: "pub fn run(_a: u8) {}\n",
                breaks: &["pub fn ran(_a: u8) {}\n"],
                fine: &["pub fn ran(_a: u8) {}\npub use self::ran as run;\n"],
                users: &[
                    "pub fn user() {\n    crate::LIB::run(1);\n}\n",
                    "#[cfg(windows)]\npub fn user() {\n    crate::LIB::run(1);\n}\n",
                    "#[cfg(windows)]\nuse crate::LIB::run;\n\n#[cfg(windows)]\npub fn user() {\n    run(1);\n}\n",
                    "pub fn user() {\n    #[cfg(windows)]\n    crate::LIB::run(1);\n}\n",
                    "#[cfg(not(test))]\npub fn user() {\n    crate::LIB::run(1);\n}\n",
                    "#[cfg_attr(windows, inline)]\npub fn user() {\n    crate::LIB::run(1);\n}\n",
                ],
            },
            LibraryKind {
                library: "pub struct Kit;\nimpl Kit {\n    pub fn run(&self, _a: u8) {}\n}\npub struct Same;\nimpl Same {\n    pub fn run(&self, _a: u8) {}\n}\n",
                breaks: &[
                    "pub struct Kit;\nimpl Kit {\n    pub fn run(&self, _a: u8, _b: u8) {}\n}\npub struct Same;\nimpl Same {\n    pub fn run(&self, _a: u8) {}\n}\n",
                    "pub struct Kit;\nimpl Kit {\n    pub fn ran(&self, _a: u8) {}\n}\npub struct Same;\nimpl Same {\n    pub fn run(&self, _a: u8) {}\n}\n",
                ],
                fine: &[
                    "pub struct Kit;\nimpl Kit {\n    pub fn run(&self, _a: u8) {}\n}\npub struct Same;\nimpl Same {\n    pub fn ran(&self, _a: u8) {}\n}\n",
                ],
                users: &["use crate::LIB::Kit;\npub fn user(it: &Kit) {\n    it.run(1);\n}\n"],
            },
            LibraryKind {
                library: "pub struct Kit {\n    pub a: u8,\n}\n",
                breaks: &[
                    "pub struct Kit {\n    pub a: u8,\n    pub b: u8,\n}\n",
                    "pub struct Kit {\n    pub b: u8,\n}\n",
                ],
                fine: &["pub struct Kit {\n    pub a: u8,\n}\npub fn run() {}\n"],
                users: &["use crate::LIB::Kit;\npub fn user() -> Kit {\n    Kit { a: 1 }\n}\n"],
            },
            LibraryKind {
                library: "pub fn run() -> Result<u8, String> {\n    Ok(1)\n}\n",
                breaks: &["pub fn run() -> u8 {\n    1\n}\n"],
                fine: &[
                    "pub fn run() -> Result<u8, u8> {\n    Ok(1)\n}\n",
                    "pub fn run() -> Option<u8> {\n    Some(1)\n}\n",
                ],
                users: &["use crate::LIB::run;\npub fn user() -> u8 {\n    run().unwrap()\n}\n"],
            },
            LibraryKind {
                library: "pub fn run(_a: Option<u8>) {}\n",
                breaks: &["pub fn run(_a: u8) {}\n", "pub fn run(_a: &str) {}\n"],
                fine: &["pub fn run(_a: Option<u16>) {}\n", "pub fn run<T: Into<Option<u8>>>(_a: T) {}\n"],
                users: &["use crate::LIB::run;\npub fn user() {\n    run(None);\n}\n"],
            },
            LibraryKind {
                library: "pub trait Kit {\n    fn run(&self, a: u8);\n}\n",
                breaks: &[
                    "pub trait Kit {\n    fn run(&self, a: u16);\n}\n",
                    "pub trait Kit {\n    fn run(&self, a: u8);\n    fn more(&self);\n}\n",
                ],
                fine: &["pub trait Kit {\n    fn run(&self, a: u8);\n    fn more(&self) {}\n}\n"],
                users: &[
                    "use crate::LIB::Kit;\npub struct Own;\nimpl Kit for Own {\n    fn run(&self, a: u8) {\n        drop(a);\n    }\n}\n",
                ],
            },
            LibraryKind {
                library: "pub enum Kit {\n    One,\n}\n",
                breaks: &["pub enum Kit {\n    One,\n    Two,\n}\n"],
                fine: &["#[derive(Debug)]\npub enum Kit {\n    One,\n}\n"],
                users: &[
                    "use crate::LIB::Kit;\npub fn user(kit: Kit) -> u8 {\n    match kit {\n        Kit::One => 1,\n    }\n}\n",
                ],
            },
        ],
    },
    KindsOf {
        form: PYTHON,
        kinds: &[
            LibraryKind {
                library: "def run(a):\n    return a\n\n\nother = 1\n",
                breaks: &["other = 1\n", "def run(a, b):\n    return a\n\n\nother = 1\n"],
                fine: &[
                    "def __getattr__(name):\n    return lambda a: a\n\n\nother = 1\n",
                    "def ran(a):\n    return a\n\n\nrun = ran\nother = 1\n",
                ],
                users: &[
                    "from LIB import run\n\nrun(1)\n",
                    "try:\n    from LIB import run\nexcept ImportError:\n    run = None\n\nif run:\n    run(1)\n",
                    "try:\n    from LIB import run\nexcept ModuleNotFoundError:\n    run = print\n\nrun(1)\n",
                    "try:\n    from LIB import run\nexcept ImportError:\n    raise\n\nrun(1)\n",
                    "try:\n    from LIB import run\n\n    run(1)\nexcept AttributeError:\n    pass\n",
                    "try:\n    from LIB import run\nexcept Exception:\n    run = None\n",
                    "import contextlib\n\nwith contextlib.suppress(ImportError):\n    from LIB import run\n\n    run(1)\n",
                    "import LIB\n\nif hasattr(LIB, 'run'):\n    LIB.run(1)\n",
                    "import LIB\n\ntry:\n    LIB.run(1)\nexcept AttributeError:\n    pass\n",
                ],
            },
            LibraryKind {
                library: "class Kit:\n    def run(self, a):\n        pass\n\n\nclass Same:\n    def run(self, a):\n        pass\n",
                breaks: &[
                    "class Kit:\n    def ran(self, a):\n        pass\n\n\nclass Same:\n    def run(self, a):\n        pass\n",
                    "class Kit:\n    def run(self, a, b):\n        pass\n\n\nclass Same:\n    def run(self, a):\n        pass\n",
                ],
                fine: &[
                    "class Kit:\n    def run(self, a, b=1):\n        pass\n\n\nclass Same:\n    def ran(self, a):\n        pass\n",
                ],
                users: &["from LIB import Kit\n\n\ndef user():\n    it = Kit()\n    it.run(1)\n\n\nuser()\n"],
            },
            LibraryKind {
                library: "from dataclasses import dataclass\n\n\n@dataclass\nclass Kit:\n    a: int\n",
                breaks: &[
                    "from dataclasses import dataclass\n\n\n@dataclass\nclass Kit:\n    a: int\n    b: int\n",
                ],
                fine: &[
                    "from dataclasses import dataclass\n\n\n@dataclass\nclass Kit:\n    a: int\n    b: int = 1\n",
                ],
                users: &["from LIB import Kit\n\nKit(1)\n"],
            },
            LibraryKind {
                library: "from json import dumps\n\nrun = 1\n",
                breaks: &["run = 1\n"],
                fine: &["def dumps(a):\n    pass\n\n\nrun = 1\n", "from json import *\n\nrun = 1\n"],
                users: &["from LIB import dumps\n\ndumps(1)\n", "from LIB import *\n\ndumps(1)\n"],
            },
            LibraryKind {
                library: "def run(a):\n    return a\n\n\nother = 1\n",
                breaks: &[
                    "other = 1\n",
                    "def run(a, b):\n    return a\n\n\nother = 1\n",
                    "def _run(a):\n    return a\n\n\nother = 1\n",
                ],
                fine: &[
                    "def ran(a):\n    return a\n\n\nrun = ran\nother = 1\n",
                    "__all__ = ['run']\n\n\ndef run(a):\n    return a\n",
                    "for run in [print]:\n    pass\n",
                ],
                users: &[
                    "from LIB import *\n\nrun(1)\n",
                    "from LIB import *\n\n\ndef user():\n    return run(1)\n\n\nuser()\n",
                    "from LIB import *\n\ntry:\n    run(1)\nexcept NameError:\n    pass\n",
                    "from LIB import *\nfrom os import *\n\nrun = print\nrun(1)\n",
                ],
            },
            LibraryKind {
                library: "__all__ = ['other', 'run']\n\n\ndef run(a):\n    return a\n\n\nother = 1\n",
                breaks: &[
                    "__all__ = ['other']\n\n\ndef run(a):\n    return a\n\n\nother = 1\n",
                    "__all__ = ['other']\nother = 1\n",
                ],
                fine: &[
                    "__all__ = ['other']\n__all__ += ['run']\n\n\ndef run(a):\n    return a\n\n\nother = 1\n",
                    "def run(a):\n    return a\n\n\nother = 1\n",
                ],
                users: &["from LIB import *\n\nrun(1)\n"],
            },
            LibraryKind {
                library: "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @abstractmethod\n    def run(self):\n        pass\n",
                breaks: &[
                    "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @abstractmethod\n    def run(self):\n        pass\n\n    @property\n    @abstractmethod\n    def more(self):\n        pass\n",
                ],
                fine: &[
                    "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @abstractmethod\n    def run(self):\n        pass\n\n    def more(self):\n        pass\n",
                    "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @abstractmethod\n    def run(self):\n        pass\n\n    @abstractmethod\n    def last(self):\n        pass\n",
                    "from abc import abstractmethod\n\n\nclass Kit:\n    @abstractmethod\n    def run(self):\n        pass\n\n    @abstractmethod\n    def more(self):\n        pass\n",
                ],
                users: &[
                    "from LIB import Kit\n\n\nclass Own(Kit):\n    def run(self):\n        return 1\n\n    def last(self):\n        return 1\n\n\nOwn()\n",
                    "from LIB import Kit\n\n\nclass Own(Kit):\n    run = last = None\n\n\nOwn()\n",
                    "import LIB\n\n\nclass Own(LIB.Kit):\n    def run(self):\n        return 1\n\n    def last(self):\n        return 1\n\n\nOwn()\n",
                ],
            },
            LibraryKind {
                library: "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    def run(self):\n        pass\n",
                breaks: &[
                    "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @abstractmethod\n    def run(self):\n        pass\n",
                ],
                fine: &[
                    "from abc import ABC, abstractmethod\n\n\nclass Kit(ABC):\n    @property\n    def run(self):\n        pass\n",
                ],
                users: &["from LIB import Kit\n\nKit()\n"],
            },
        ],
    },
    KindsOf {
        form: JAVASCRIPT,
        kinds: &[
            LibraryKind {
                library: "export function run() {}\nexport const other = 1;\n",
                breaks: &["export const other = 1;\n"],
                fine: &["function ran() {}\nexport { ran as run };\nexport const other = 1;\n"],
                users: &[
                    "import { run } from './LIB.mjs';\n\nrun();\n",
                    "import { run } from './LIB.mjs';\n\nif (typeof run === 'function') run();\n",
                    "import * as kit from './LIB.mjs';\n\nkit.run();\n",
                    "import * as kit from './LIB.mjs';\n\nkit.run?.();\n",
                    "import * as kit from './LIB.mjs';\n\nif (kit.run) kit.run();\n",
                    "import * as kit from './LIB.mjs';\n\nif ('run' in kit) kit.run();\n",
                    "const kit = await import('./LIB.mjs');\n\nkit.run();\n",
                    "const { other, run } = await import('./LIB.mjs');\n\nrun(other);\n",
                    "(await import('./LIB.mjs')).run();\n",
                    "import('./LIB.mjs').then((kit) => kit.run());\n",
                    "import('./LIB.mjs').then(({ other, run: made }) => made(other));\n",
                    "import('./LIB.mjs')\n  .then((kit) => kit.run())\n  .catch(() => {});\n",
                    "try {\n  (await import('./LIB.mjs')).run();\n} catch {\n  console.log(1);\n}\n",
                ],
            },
            LibraryKind {
                library: "export { join } from 'path';\nexport const run = 1;\n",
                breaks: &["export const run = 1;\n"],
                fine: &[
                    "export * from 'path';\nexport const run = 1;\n",
                    "export const join = 1;\nexport const run = 1;\n",
                ],
                users: &["import { join } from './LIB.mjs';\n\nString(join);\n"],
            },
            LibraryKind {
                library: "export class Kit {\n  run() {}\n}\n\nexport class Same {\n  run() {}\n}\n",
                breaks: &["export class Kit {\n  ran() {}\n}\n\nexport class Same {\n  run() {}\n}\n"],
                fine: &["export class Kit {\n  run(a) {}\n}\n\nexport class Same {\n  ran() {}\n}\n"],
                users: &[
                    "import { Kit } from './LIB.mjs';\n\nfunction user() {\n  const it = new Kit();\n  it.run();\n}\n\nuser();\n",
                ],
            },
        ],
    },
    KindsOf {
        form: COMMON_JS,
        kinds: &[LibraryKind {
            library: "function run() {}\n\nmodule.exports = { run, other: 1 };\n",
            breaks: &[
                "module.exports = { other: 1 };\n",
                "function ran() {}\n\nmodule.exports = { ran, other: 1 };\n",
            ],
            fine: &[
                "function ran() {}\n\nmodule.exports = { run: ran, other: 1 };\n",
                "exports.run = () => {};\nexports.other = 1;\n",
                "function run() {}\n\nmodule.exports = { ...{ run }, other: 1 };\n",
            ],
            users: &[
                "const kit = require('./LIB.cjs');\n\nkit.run();\n",
                "const { other, run } = require('./LIB.cjs');\n\nrun(other);\n",
                "const { run: made } = require('./LIB.cjs');\n\nmade();\n",
                "require('./LIB.cjs').run();\n",
                "const run = require('./LIB.cjs').run;\n\nrun();\n",
                "const kit = require('./LIB.cjs');\n\nkit.run?.();\n",
                "const kit = require('./LIB.cjs');\n\nif (kit.run) {\n  kit.run();\n}\n",
                "const kit = require('./LIB.cjs');\n\ntypeof kit.run === 'function' && kit.run();\n",
                "const kit = require('./LIB.cjs');\n\nif ('run' in kit) kit.run();\n",
            ],
        }],
    },
];

/// Two libraries of some kinds, which one side changes, and users of both, which the other side adds.
fn libraries(of: &KindsOf, numbers: &mut Numbers) -> [Files; 3] {
    let mut sides = [Files::new(), Files::new(), Files::new()];
    let ending = of.form.ending;
    for at in 0..2 {
        let kind = &of.kinds[numbers.below(of.kinds.len())];
        let (name, number) = (format!("lib_{at}"), numbers.below(3));
        let varied = |text: &str| {
            let text = text.replace("LIB", &name).replace("Kit", &format!("Kit{number}"));
            text.replace("run", &format!("run_{number}"))
        };
        let changes: Vec<&str> = kind.breaks.iter().chain(kind.fine).copied().collect();
        let changed = changes[numbers.below(changes.len())];
        for (side, text) in sides.iter_mut().zip([kind.library, changed, kind.library]) {
            side.insert(format!("{name}.{ending}"), varied(text));
        }
        let user = kind.users[numbers.below(kind.users.len())];
        sides[2].insert(format!("user_{at}.{ending}"), varied(user));
    }
    sides
}

fn hold(form: &Form) {
    let kinds = KINDS.iter().find(|kinds| kinds.form.ending == form.ending).expect("its kinds");
    let mut said_of_broken = 0;
    for seed in seeds(12) {
        let numbers = &mut Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let [base, ours, theirs] =
            if seed % 2 == 0 { libraries(kinds, numbers) } else { sides(form, numbers) };
        let Some((merged, judgement)) = judged(&base, &ours, &theirs) else { continue };
        let said = warnings(&judgement);
        let sandbox = Sandbox::new();
        let folder = sandbox.path("merged");
        std::fs::create_dir_all(&folder).unwrap();
        for (path, text) in &merged {
            std::fs::write(folder.join(path), text).unwrap();
        }
        let Some(compiles) = (form.compiles)(&folder, &merged) else { return };
        assert!(said.is_empty() || !compiles, "TRACK_WORK_SEED={seed}: {said:?} of {merged:#?}");
        // names and counts are all that breaks here, so nothing is missed
        assert!(!said.is_empty() || compiles, "TRACK_WORK_SEED={seed}: nothing was said of {merged:#?}");
        said_of_broken += usize::from(!compiles);
    }
    assert!(said_of_broken > 0 || seeds(12).count() < 12);
}

#[test]
fn a_warning_about_rust_means_that_it_does_not_compile() {
    hold(&RUST);
}

#[test]
fn a_warning_about_python_means_that_it_does_not_run() {
    hold(&PYTHON);
}

#[test]
fn a_warning_about_javascript_means_that_it_does_not_load() {
    hold(&JAVASCRIPT);
}

#[test]
fn a_warning_about_common_js_means_that_it_does_not_run() {
    hold(&COMMON_JS);
}
