//! Files that no person merges line by line: what to do with them is told where they conflict, and where they merge.

use serde_json::{Value, json};

use crate::cli::program::flat;
use crate::support::{Repo, Sandbox};

fn lines(count: usize, changed: &[(usize, &str)]) -> String {
    let line = |at: usize| changed.iter().find(|(line, _)| *line == at).map_or("same", |(_, text)| text);
    (0..count).map(|at| format!("{at} {}\n", line(at))).collect()
}

fn finding(status: &Value, check: &str, path: &str) -> Value {
    let all = status["findings"].as_array().unwrap();
    all.iter().find(|one| one["check"] == check && one["path"] == path).unwrap_or(&Value::Null).clone()
}

/// Two who change these files in their own way.
fn both(repo: &Repo, files: &[(&str, [String; 2])]) {
    for (at, name) in ["t0", "t1"].into_iter().enumerate() {
        let own: Vec<(&str, &str)> = files.iter().map(|(path, texts)| (*path, texts[at].as_str())).collect();
        repo.worktree(name).commit(name, &own);
    }
}

#[test]
fn what_makes_a_file_anew_is_told() {
    let sandbox = Sandbox::new();
    let paths =
        ["Cargo.lock", "web/yarn.lock", "CHANGELOG.md", "HISTORY.md", "api/out.txt", "a.txt", "x.pb.go"];
    let base = lines(40, &[]);
    let repo = sandbox.repo("shop", &paths.map(|path| (path, base.as_str())));
    repo.commit("asked for", &[("Cargo.toml", &base)]);
    repo.track(
        "config.yaml",
        "kinds:\n  - paths: [\"api/**\"]\n    kind: generated\n    command: make api\n",
    );
    let conflict = || [lines(40, &[(5, "one")]), lines(40, &[(5, "two")])];
    let apart = || [lines(40, &[(2, "one")]), lines(40, &[(30, "two")])];
    let added = || [format!("one\n{base}"), format!("two\n{base}")];
    both(
        &repo,
        &[
            ("Cargo.lock", conflict()),
            ("Cargo.toml", apart()),
            ("web/yarn.lock", apart()),
            ("CHANGELOG.md", added()),
            ("HISTORY.md", conflict()),
            ("api/out.txt", conflict()),
            ("a.txt", conflict()),
            ("x.pb.go", conflict()),
        ],
    );
    let status = repo.status();
    let of = |path: &str| finding(&status, "merge_conflict", path);
    let says = |path: &str, text: &str| {
        let found = of(path);
        assert!(found["suggestion"].as_str().unwrap().ends_with(text), "{found}");
        found["evidence"].clone()
    };
    let evidence =
        says("Cargo.lock", "In Cargo.lock, take the version of main and run cargo update --workspace.");
    assert_eq!(
        [&evidence["file_kind"], &evidence["command"]],
        [&json!("lock"), &json!("cargo update --workspace")]
    );
    says("CHANGELOG.md", "Both only added to CHANGELOG.md: keep both parts, that of t0 first.");
    assert_eq!(says("HISTORY.md", "from main.")["file_kind"], "append-only");
    says("api/out.txt", "api/out.txt is generated: make it anew with make api.");
    says("x.pb.go", "x.pb.go is generated: make it anew from what it is made of.");
    assert_eq!(says("a.txt", "from main.").get("file_kind"), None);
    let merges = finding(&status, "file_overlap", "web/yarn.lock");
    let told =
        "Once both are merged, run yarn install: web/yarn.lock merges, but need not fit what it is made of.";
    assert_eq!([&merges["severity"], &merges["suggestion"]], [&json!("info"), &json!(told)]);
    // and to whoever checks the own work
    let own = Repo { sandbox: &sandbox, top: sandbox.path("t1") };
    let check = own.tw(&["check", "-v"]).exits(1);
    for text in [told, "take the version of main and run cargo update --workspace.", "that of t0 first."] {
        assert!(flat(&check.stdout).contains(text), "{check}");
    }
    assert!(!check.stdout.contains("a.txt is"), "{check}");
    // once one is merged, it is between the other and the target
    repo.git(&["merge", "-q", "--no-ff", "t0"]);
    let check = own.tw(&["check", "-v"]).exits(1);
    assert!(flat(&check.stdout).contains("keep both parts, that of main first."), "{check}");
    let drift = finding(&repo.status(), "merge_conflict", "Cargo.lock");
    assert!(drift["suggestion"].as_str().unwrap().ends_with("run cargo update --workspace."), "{drift}");
}

#[test]
fn a_setting_comes_before_what_is_known() {
    let sandbox = Sandbox::new();
    let base = lines(20, &[]);
    let repo = sandbox.repo("shop", &[("go.sum", &base), ("b/list.txt", &base)]);
    both(
        &repo,
        &[
            ("go.sum", [lines(20, &[(5, "one")]), lines(20, &[(5, "two")])]),
            ("b/list.txt", [format!("{base}one\n"), format!("{base}two\n")]),
        ],
    );
    let setting = "kinds:\n  - {paths: go.sum, kind: ordinary}\n  - {paths: \"list.*\", kind: append-only}\n";
    repo.track("config.yaml", setting);
    let status = repo.status();
    assert_eq!(finding(&status, "merge_conflict", "go.sum")["evidence"]["file_kind"], "ordinary");
    assert!(!status.to_string().contains("go mod tidy"), "{status}");
    let list = finding(&status, "merge_conflict", "b/list.txt");
    assert!(list["suggestion"].as_str().unwrap().contains("keep both parts"), "{list}");
    repo.track("config.yaml", "kinds:\n  - {paths: \"[\", kind: lock}\n");
    repo.tw(&["status"]).says("kinds: [:").says("using defaults");
}

#[test]
fn an_order_first_saves_conflicts_that_somebody_has_to_judge() {
    let sandbox = Sandbox::new();
    let base = lines(20, &[]);
    let repo = sandbox.repo("shop", &[("src/a.rs", &base), ("Cargo.lock", &base), ("Cargo.toml", &base)]);
    // each order has three conflicts at the least, one or two of them in the source
    for (name, [source, lock]) in
        [("t0", ["x", "u"]), ("t1", ["y", "u"]), ("t2", ["x", "v"]), ("t3", ["y", "v"])]
    {
        // each asks for something else
        let asked = lines(20, &[(4 * name[1..].parse::<usize>().unwrap() + 2, name)]);
        let files = [
            ("src/a.rs", lines(20, &[(5, source)])),
            ("Cargo.lock", lines(20, &[(5, lock)])),
            ("Cargo.toml", asked),
        ];
        repo.worktree(name).commit(name, &files.each_ref().map(|(path, text)| (*path, text.as_str())));
    }
    let order = repo.tw(&["merge-order", "--format", "json"]).exits(1).json();
    let (conflicts, mechanical) = (&order["cost"]["conflicts"], &order["cost"]["mechanical"]);
    assert_eq!([conflicts, mechanical, &order["optimal"]], [&json!(1), &json!(2), &json!(true)], "{order:#}");
    assert_eq!(order["bound"], order["cost"]);
    let told = "In Cargo.lock, take the version of main and run cargo update --workspace.";
    let steps = order["steps"].as_array().unwrap();
    let of = |step: &Value| step["conflicts"].as_array().unwrap().clone();
    for conflict in steps.iter().flat_map(of) {
        let is_lock = conflict["path"] == "Cargo.lock";
        assert_eq!(conflict.get("mechanical"), is_lock.then_some(&json!(true)), "{conflict}");
        assert_eq!(conflict.get("mend"), is_lock.then_some(&json!(told)), "{conflict}");
    }
    // an agent can do it, where nothing else conflicts
    let alone = steps.iter().find(|step| step["cost"]["conflicts"] == 0 && !of(step).is_empty()).unwrap();
    assert_eq!(alone["prediction"], "conflict");
    assert_eq!(alone["recommendation"]["recommendation"], "autonomous", "{alone:#}");
    let text = repo.tw(&["merge-order"]).exits(1);
    let text =
        text.says("1 conflict in 4 merges (1 hunk), 2 mechanical conflicts, proven optimal").says(told);
    // as many as the table has, and as `git merge` stops at
    let stops =
        order["steps"].as_array().unwrap().iter().filter(|step| step["prediction"] == "conflict").count();
    let alone = stops - 1;
    match alone {
        0 => text.says_not("at mechanical conflicts alone"),
        alone => text.says(&format!("{stops} merges stop, {alone} of them at mechanical conflicts alone")),
    };
    let page = repo.tw(&["report"]).exits(1).stdout;
    assert!(page.contains("1 stops (1 conflicting hunk), 2 mechanical conflicts"), "{page}");
}

#[test]
fn attributes_and_the_text_say_what_kind_a_file_is_of() {
    let sandbox = Sandbox::new();
    let base = lines(40, &[]);
    let header = "// Code generated by stringer. DO NOT EDIT.\n";
    let generated = format!("{header}{base}");
    let attributes = "api.txt linguist-generated\n*.dump -diff\n*.min.js -linguist-generated\n*.png binary\n";
    let list = "//! All.\n\nmod a;\nmod z;\n";
    let code = "mod a;\n\nfn b() {}\n";
    let translation = "greeting: Hello\nname: Name\n";
    let repo = sandbox.repo(
        "shop",
        &[
            (".gitattributes", attributes),
            ("api.txt", &base),
            ("all.dump", &base),
            ("a.min.js", &base),
            ("kind_string.go", &generated),
            ("src/mod.rs", list),
            ("src/lib.rs", code),
            ("locales/en.yml", translation),
            ("a.ipynb", &base),
            ("own.ipynb", &base),
            ("b.rs", &generated),
        ],
    );
    repo.track(
        "config.yaml",
        "kinds:\n  - {paths: own.ipynb, kind: notebook, command: make notebook}\n  - {paths: b.rs, kind: ordinary}\n",
    );
    let conflict = || [lines(40, &[(5, "one")]), lines(40, &[(5, "two")])];
    let with_header = || conflict().map(|text| format!("{header}{text}"));
    let after = |text: &str, line: &str| {
        ["one", "two"].map(|name| text.replace(line, &format!("{line}{}", line.replace(['a', 'H'], name))))
    };
    both(
        &repo,
        &[
            ("api.txt", conflict()),
            ("all.dump", conflict()),
            ("a.min.js", conflict()),
            ("kind_string.go", with_header()),
            ("src/mod.rs", after(list, "mod a;\n")),
            ("src/lib.rs", after(code, "mod a;\n")),
            ("locales/en.yml", ["one", "two"].map(|name| format!("{translation}{name}: x\n"))),
            ("a.ipynb", conflict()),
            ("own.ipynb", conflict()),
            ("b.rs", with_header()),
        ],
    );
    let status = repo.status();
    for (path, kind, told) in [
        ("api.txt", Some("generated"), Some("api.txt is generated: make it anew from what it is made of.")),
        ("all.dump", Some("generated"), Some("all.dump is generated: make it anew from what it is made of.")),
        ("a.min.js", Some("ordinary"), None),
        (
            "kind_string.go",
            Some("generated"),
            Some("kind_string.go is generated: make it anew from what it is made of."),
        ),
        (
            "src/mod.rs",
            Some("append-only"),
            Some("Both only added to src/mod.rs: keep both parts, that of t0 first."),
        ),
        ("src/lib.rs", None, None),
        (
            "locales/en.yml",
            Some("append-only"),
            Some("Both only added to locales/en.yml: keep both parts, that of t0 first."),
        ),
        (
            "a.ipynb",
            Some("notebook"),
            Some(
                "a.ipynb is a notebook: git mergetool --tool nbdime merges it cell by cell, if nbdime is installed and nbdime config-git --enable was run.",
            ),
        ),
        ("own.ipynb", Some("notebook"), Some("own.ipynb is a notebook: merge it with make notebook.")),
        ("b.rs", Some("ordinary"), None),
    ] {
        let found = finding(&status, "merge_conflict", path);
        let suggestion = found["suggestion"].as_str().unwrap();
        assert_eq!(found["evidence"]["file_kind"].as_str(), kind, "{found}");
        assert!(suggestion.ends_with(told.unwrap_or("from main.")), "{found}");
    }
    // what nobody has to judge: three generated files, two to which both only added
    let order = repo.tw(&["merge-order", "--format", "json"]).exits(1).json();
    assert_eq!(order["cost"]["mechanical"], 5, "{order:#}");
}

/// The lock files that are known by name, each with what asks for that which is in it, beside it or below.
const ASKED: [(&str, &str); 19] = [
    ("Cargo.lock", "crates/a/Cargo.toml"),
    ("package-lock.json", "package.json"),
    ("npm-shrinkwrap.json", "package.json"),
    ("pnpm-lock.yaml", "packages/a/package.json"),
    ("yarn.lock", "package.json"),
    ("bun.lock", "package.json"),
    ("bun.lockb", "package.json"),
    ("deno.lock", "src/main.ts"),
    ("poetry.lock", "pyproject.toml"),
    ("uv.lock", "pyproject.toml"),
    ("pdm.lock", "pyproject.toml"),
    ("Pipfile.lock", "Pipfile"),
    ("Gemfile.lock", "shop.gemspec"),
    ("composer.lock", "composer.json"),
    ("mix.lock", "apps/a/mix.exs"),
    ("pubspec.lock", "pubspec.yaml"),
    ("Podfile.lock", "Podfile"),
    ("flake.lock", "flake.nix"),
    ("packages.lock.json", "Shop.csproj"),
];

#[test]
fn a_lock_file_that_is_made_anew_loses_nobodys_update() {
    for (number, (lock, asks)) in ASKED.iter().enumerate() {
        let sandbox = Sandbox::new();
        let folder = ["", "web/"][number % 2];
        let [lock, asks, other] = [*lock, asks, "README"].map(|name| format!("{folder}{name}"));
        let base = lines(20, &[]);
        let repo = sandbox.repo("shop", &[(&lock, &base), (&asks, &base), ("elsewhere.txt", &base)]);
        let update = |name: &str, with: Option<&str>, line: usize| {
            let mut files = vec![(lock.clone(), lines(20, &[(5, name)]))];
            files.extend(with.map(|path| (path.to_string(), lines(20, &[(line, name)]))));
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            repo.worktree(name).commit(name, &files);
        };
        let is_any = lock.ends_with("deno.lock");
        update("asks", Some(&asks), 3);
        // a file that asks for nothing
        update("updates", Some(&other).filter(|_| !is_any).map(String::as_str), 9);
        let order = |first: &str, second: &str| {
            let after = format!("{second}={first}");
            repo.tw(&["merge-order", "--format", "json", "--after", &after]).exits(1).json()["steps"][1]
                .clone()
        };
        let conflict = |step: &Value| {
            let all = step["conflicts"].as_array().unwrap();
            all.iter().find(|one| one["path"] == *lock).unwrap().clone()
        };
        // who asks for it in another file comes second: all of it is written anew
        let step = order("updates", "asks");
        assert_eq!(conflict(&step)["mechanical"], true, "{step:#}");
        assert!(!step.to_string().contains("updates there"), "{step:#}");
        // the other way round, the update would be lost
        let step = order("asks", "updates");
        let found = conflict(&step);
        assert_eq!((found.get("mechanical"), &step["cost"]["conflicts"]), (None, &json!(1)), "{step:#}");
        let mend = found["mend"].as_str().unwrap();
        assert!(mend.contains("take the version of main") && mend.contains("what updates"), "{mend}");
        assert!(
            mend.ends_with("nothing else in the work of updates asks for it, so it is lost otherwise."),
            "{mend}"
        );
        assert_eq!(step["recommendation"]["recommendation"], "manual", "{step:#}");
        // so the order that loses nothing is the cheaper one
        let best = repo.tw(&["merge-order", "--format", "json"]).exits(1).json();
        assert_eq!(
            (&best["steps"][0]["terminal"], &best["optimal"]),
            (&json!("updates"), &json!(true)),
            "{best:#}"
        );
        assert_eq!(best["cost"]["conflicts"], 0, "{best:#}");
        // said of the pair and, once the other one is merged, of the target
        let found = finding(&repo.status(), "merge_conflict", &lock);
        assert!(!found["suggestion"].as_str().unwrap().contains("lost otherwise"), "{found}");
        repo.git(&["merge", "-q", "--no-ff", "asks"]);
        let found = finding(&repo.status(), "merge_conflict", &lock);
        assert!(found["suggestion"].as_str().unwrap().contains("lost otherwise"), "{found}");
        let own = Repo { sandbox: &sandbox, top: sandbox.path("updates") };
        assert!(flat(&own.tw(&["check", "-v"]).exits(1).stdout).contains("so it is lost otherwise."));
    }
}

#[test]
fn two_updates_of_a_lock_file_alone_are_somebodys_to_judge() {
    let sandbox = Sandbox::new();
    let base = lines(20, &[]);
    let repo = sandbox.repo("shop", &[("Gemfile.lock", &base), ("go.sum", &base), ("Gemfile", &base)]);
    let change = |path: &'static str| [(path, [lines(20, &[(5, "one")]), lines(20, &[(5, "two")])])];
    both(&repo, &change("Gemfile.lock"));
    let told = "In Gemfile.lock, take the version of main and run bundle install, then update again what t1 updated there (bundle update --conservative NAME): nothing else in the work of t1 asks for it, so it is lost otherwise.";
    repo.tw(&["merge-order"]).exits(1).says("1 conflict in 2 merges (1 hunk)").says(told);
    repo.tw(&["status"]).exits(1).says(told);
    let own = Repo { sandbox: &sandbox, top: sandbox.path("t0") };
    own.tw(&["check"]).exits(1).says(told);
    // what `go.sum` says follows from go.mod
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("go.sum", &base)]);
    both(&repo, &change("go.sum"));
    repo.tw(&["merge-order"])
        .exits(1)
        .says("1 mechanical conflict in 2 merges")
        .says("1 merge stops, at mechanical conflicts alone")
        .says("In go.sum, take the version of main and run go mod tidy.");
}

/// What several lose in one lock file is told once, with all names; what is the same of several terminals, once.
#[test]
fn what_to_do_in_a_file_of_many_is_told_once() {
    let sandbox = Sandbox::new();
    let base = lines(20, &[]);
    let repo = sandbox.repo("shop", &[("Gemfile.lock", &base), ("go.sum", &base), ("Gemfile", &base)]);
    for name in ["t0", "t1", "t2", "t3"] {
        repo.worktree(name).commit(name, &[("Gemfile.lock", &lines(20, &[(5, name)]))]);
    }
    for number in 0..2 {
        let pair = ["a", "b"].map(|side| format!("{side}{number}"));
        pair.iter().for_each(|name| {
            drop(repo.worktree(name).commit(name, &[("go.sum", &lines(20, &[(5 + number * 9, name)]))]))
        });
    }
    let told = |said: &str| {
        let said = flat(said);
        [said.matches("In Gemfile.lock, take").count(), said.matches("run go mod tidy").count()]
    };
    let said = repo.tw(&["status"]).exits(1).says("again what t1, t2 and t3 updated there (bundle update");
    assert_eq!(told(&said.stdout), [1, 1], "{said}");
    // and of those who conflict with the target
    repo.commit(
        "main",
        &[("Gemfile.lock", &lines(20, &[(5, "main")])), ("go.sum", &lines(20, &[(5, "m"), (14, "m")]))],
    );
    let said =
        repo.tw(&["status"]).exits(1).says("again what t0, t1, t2 and t3 updated there (bundle update");
    assert_eq!(told(&said.stdout), [1, 1], "{said}");
}
