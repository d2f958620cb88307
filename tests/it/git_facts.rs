//! What is seen of real repositories, against what git itself says.

use track_work::git::{Repository, Seen};
use track_work::model::{Known, Oid, Place, Target};

use super::support::{Repo, Sandbox};

struct Observed {
    target: Target,
    places: Vec<Place>,
    seen: Vec<Known<Seen>>,
}

fn observe(repo: &Repo) -> Observed {
    let found = Repository::discover(&repo.top).unwrap();
    let target = found.target(None).unwrap();
    let places = found.places(&target);
    let seen = found.observe(&places, &target, &[]);
    Observed { target, places, seen }
}

impl Observed {
    fn names(&self) -> Vec<&str> {
        self.places.iter().map(|place| place.name.as_str()).collect()
    }

    #[track_caller]
    fn of(&self, name: &str) -> &Seen {
        let at = self.names().iter().position(|known| *known == name).expect(name);
        match &self.seen[at] {
            Known::Known(seen) => seen,
            Known::Unknown(reason) => panic!("{name}: {reason}"),
        }
    }
}

/// The tree that `git add --all` would lead to, made without touching the repository.
fn tree_by_git(repo: &Repo) -> Oid {
    let scratch = repo.sandbox.path("scratch");
    let _ = std::fs::remove_dir_all(&scratch);
    std::fs::create_dir_all(scratch.join("objects")).unwrap();
    let index = repo.git(&["rev-parse", "--path-format=absolute", "--git-path", "index"]);
    let folder = std::path::Path::new(&index).parent().unwrap();
    for shared in std::fs::read_dir(folder).unwrap().flatten() {
        if shared.file_name().to_string_lossy().starts_with("sharedindex") {
            std::fs::copy(shared.path(), scratch.join(shared.file_name())).unwrap();
        }
    }
    let copy = scratch.join("index");
    if std::path::Path::new(&index).exists() {
        std::fs::copy(&index, &copy).unwrap();
    }
    let objects = repo.git(&["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
    let run = |args: &[&str]| {
        let mut command = repo.sandbox.command(&repo.top);
        command.env("GIT_INDEX_FILE", &copy).env("GIT_OBJECT_DIRECTORY", scratch.join("objects"));
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["-c", "core.splitIndex=false", "add", "--all"]);
    run(&["write-tree"]).trim().parse().unwrap()
}

#[test]
fn a_worktree_with_every_kind_of_work_is_seen_as_git_would_add_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("dir/b", "2\n"), ("dir/c", "3\n"), ("d", "4\n")]);
    let side = repo.worktree("side");
    side.commit("more", &[("e", "5\n")]);
    side.write("a", "edited\n");
    side.write("new/file", "new\n");
    side.git(&["rm", "-q", "dir/b"]);
    side.git(&["mv", "d", "moved"]);
    let all = observe(&repo);
    assert_eq!(all.names(), ["main", "side"]);
    assert_eq!(all.target.name, "main");
    assert_eq!(all.of("side").work_tree, tree_by_git(&side));
    assert_eq!((all.of("side").ahead, all.of("side").behind, all.of("side").merged), (1, 0, false));
    assert_eq!(all.of("main").work_tree, tree_by_git(&repo));
}
