//! `migration_heads`: migrations of two terminals, or of one and the target, that git merges and that exclude each other.

use serde_json::Value;

use crate::cli::program::flat;
use crate::merging::checked::names;
use crate::support::{Repo, Sandbox};

/// A migration of Django after another one.
fn after(name: &str) -> String {
    format!("class Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"{name}\")]\n")
}

fn alembic(id: &str, after: &str) -> String {
    format!("revision = \"{id}\"\ndown_revision = \"{after}\"\n")
}

/// A repository with migrations of three kinds.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let files = [
        ("app/migrations/0001_initial.py", after("0000")),
        ("app/migrations/0002_name.py", after("0001_initial")),
        ("db/versions/a1.py", "revision = \"a1\"\ndown_revision = None\n".to_string()),
        ("db/migrate/20240101000000_one.rb", "class One\nend\n".to_string()),
        ("db/migrate/20240102000000_two.rb", "class Two\nend\n".to_string()),
        ("models.py", "a = 1\n".to_string()),
    ];
    sandbox.repo("shop", &files.each_ref().map(|(path, text)| (*path, text.as_str())))
}

/// The findings in `status`, and in `check` in a worktree, which agree.
#[track_caller]
fn heads(repo: &Repo, of: &str) -> Vec<Value> {
    let found = |answer: Value| -> Vec<Value> {
        let all = answer["findings"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|one| one["check"] == "migration_heads").collect()
    };
    let status = found(repo.status());
    let own = Repo { sandbox: repo.sandbox, top: repo.sandbox.path(of) };
    let check = found(own.tw(&["check", "--format", "json"]).json());
    let theirs: Vec<Value> =
        status.iter().filter(|one| names(&one["terminals"]).contains(&of.to_string())).cloned().collect();
    assert_eq!(check, theirs);
    status
}

#[track_caller]
fn parties(found: &[Value]) -> Vec<Vec<String>> {
    found.iter().map(|one| names(&one["terminals"])).collect()
}

#[test]
fn two_heads_are_told_until_one_follows_the_other() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let a = repo.worktree("t0");
    a.commit("color", &[("app/migrations/0003_color.py", &after("0002_name")), ("models.py", "a = 2\n")]);
    assert!(heads(&repo, "t0").is_empty());
    let b = repo.worktree("t1");
    b.write("app/migrations/0003_size.py", after("0002_name"));
    let found = heads(&repo, "t0");
    assert_eq!(parties(&found), [["t0", "t1"]]);
    assert_eq!(found[0]["severity"], "warning");
    assert_eq!(found[0]["path"], "app/migrations/0003_size.py");
    assert_eq!(
        found[0]["evidence"],
        serde_json::json!({
            "names": "0003_color / 0003_size",
            "paths": ["app/migrations/0003_color.py", "app/migrations/0003_size.py"],
            "uncommitted": true,
        })
    );
    let said = repo.tw(&["status"]).exits(0);
    assert!(flat(&said.stdout).contains("both follow the same migration"), "{said}");
    assert!(flat(&said.stdout).contains("Once t0 is merged, update t1 from main"), "{said}");
    // a merge that stops elsewhere does not hide it
    b.commit("size", &[("models.py", "a = 3\n")]);
    assert_eq!(heads(&repo, "t1").len(), 1);
    assert_eq!(heads(&repo, "t1")[0]["evidence"]["uncommitted"], false);
    // once one is merged, it is between the other and the target
    repo.git(&["merge", "-q", "--no-ff", "t0"]);
    let found = heads(&repo, "t1");
    assert_eq!(parties(&found), [["t1"]]);
    let said = repo.tw(&["status"]);
    assert!(flat(&said.stdout).contains("Update t1 from main, then make"), "{said}");
    b.commit("after it", &[("app/migrations/0003_size.py", &after("0003_color"))]);
    assert!(heads(&repo, "t1").is_empty());
}

#[test]
fn a_commit_that_makes_two_heads_is_told_and_not_stopped() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("t0").commit("b", &[("db/versions/b.py", &alembic("b", "a1"))]);
    let other = repo.worktree("t1");
    other.write("db/versions/c.py", alembic("c", "a1"));
    other.git(&["add", "."]);
    let said = other.tw(&["check"]).exits(0);
    assert!(flat(&said.stdout).contains("db/versions/c.py of t1 and db/versions/b.py of t0"), "{said}");
}

#[test]
fn tracking_files_keep_it_and_the_story_is_not_ready() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (name, number) in [("t0", "0003_color"), ("t1", "0003_size")] {
        let path = format!("app/migrations/{number}.py");
        repo.worktree(name).commit(number, &[(&path, &after("0002_name"))]);
    }
    let story =
        "story_id: \"1-2-login\"\nsessions:\n  t0:\n    status: completed\n  t1:\n    status: completed\n";
    repo.track("story-1-2-sessions.yaml", story);
    repo.tw(&["sync"]).exits(0).says_not("Story 1-2 (t0, t1)");
    let text = repo.tracked("story-1-2-sessions.yaml");
    assert!(text.contains("type: \"migration_heads\"") && text.contains("0003_size.py"), "{text}");
    repo.tw(&["sync"]).exits(0);
    assert_eq!(repo.tracked("story-1-2-sessions.yaml"), text);
    let path = "app/migrations/0003_size.py";
    Repo { sandbox: &sandbox, top: sandbox.path("t1") }.commit("after it", &[(path, &after("0003_color"))]);
    Repo { sandbox: &sandbox, top: sandbox.path("t1") }.git(&["merge", "-q", "t0"]);
    repo.tw(&["sync"]).exits(0);
    assert!(!repo.tracked("story-1-2-sessions.yaml").contains("migration_heads"));
}

#[test]
fn what_is_one_line_of_migrations_or_another_folder_is_none() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let a = repo.worktree("t0");
    a.commit("b", &[("db/versions/b.py", &alembic("b", "a1"))]);
    // a stack on it, a copy of it, another app, and files that are no migrations
    let stack = repo.worktree("t1");
    stack.git(&["reset", "-q", "--hard", "t0"]);
    stack.commit("c", &[("db/versions/c.py", &alembic("c", "b"))]);
    repo.worktree("t2").commit("copy", &[("db/versions/b.py", &alembic("b", "a1"))]);
    let last = repo.worktree("t3");
    last.commit(
        "other",
        &[("other/migrations/0001_initial.py", &after("0002_name")), ("db/versions/util.py", "x = 1\n")],
    );
    repo.worktree("t4").commit("rails", &[("db/migrate/20240103000000_three.rb", "class Three\nend\n")]);
    for of in ["t0", "t1", "t2", "t3", "t4"] {
        assert_eq!(parties(&heads(&repo, of)), Vec::<Vec<String>>::new());
    }
    // the same version twice
    let rails = repo.worktree("t5");
    rails.commit("rails", &[("db/migrate/20240103000000_third.rb", "class Third\nend\n")]);
    let found = heads(&repo, "t5");
    assert_eq!(parties(&found), [["t4", "t5"]]);
    assert_eq!(found[0]["evidence"]["names"], "20240103000000");
    assert_eq!(
        found[0]["suggestion"],
        "Once t4 is merged, update t5 from main and give db/migrate/20240103000000_third.rb another time."
    );
    // a number that was given back
    rails.git(&["mv", "db/migrate/20240103000000_third.rb", "db/migrate/20240104000000_third.rb"]);
    assert!(heads(&repo, "t5").is_empty());
}

#[test]
fn two_migrations_of_rails_with_one_class_are_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let add = |name: &str, path: &str| {
        repo.worktree(name)
            .commit(name, &[(path, "class AddAToStories < ActiveRecord::Migration[8.0]\nend\n")]);
    };
    add("t0", "db/migrate/20260801120000_add_a_to_stories.rb");
    add("t1", "db/migrate/20260803120000_add_a_to_stories.rb");
    // another name, and the same name where no class is expected by it
    add("t2", "db/migrate/20260804120000_add_a_to_stories_again.rb");
    add("t3", "db/migrations/20260805120000_add_a_to_stories.rb");
    let found = heads(&repo, "t0");
    assert_eq!(parties(&found), [["t0", "t1"]]);
    assert_eq!(found[0]["evidence"]["names"], "AddAToStories");
    let (path, free) = ("db/migrate/20260803120000_add_a_to_stories.rb", "another name");
    let suggestion = format!("Once t0 is merged, update t1 from main and give {path} and its class {free}.");
    assert_eq!(found[0]["suggestion"], suggestion);
    repo.tw(&["compare", "--symbols", "t0", "t1"]).says("AddAToStories  migration heads");
    // one that the target has by now
    repo.git(&["merge", "-q", "t0"]);
    assert_eq!(parties(&heads(&repo, "t1")), [["t1"]]);
}
