//! The page of `report`: what is on it, and that no name of a repository becomes markup.

use super::program::lines;
use crate::support::{Repo, Sandbox, Whims, picture, seeds};

/// The elements that the page has; every `<` begins one of them.
const ELEMENTS: [&str; 42] = [
    "!DOCTYPE",
    "a",
    "article",
    "body",
    "br",
    "code",
    "details",
    "div",
    "figcaption",
    "figure",
    "g",
    "h1",
    "h2",
    "h3",
    "head",
    "header",
    "html",
    "li",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "path",
    "pre",
    "rect",
    "section",
    "span",
    "strong",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "ul",
];

/// Elements without an end.
const EMPTY: [&str; 5] = ["!DOCTYPE", "br", "meta", "path", "rect"];

/// Reads the page as a browser does: elements are closed in order, attributes are known ones and stand in quotes.
#[track_caller]
fn is_sound(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>') || open.last() == Some(&"style"), "{}", &rest[..at]);
        let tag = &rest[at + 1..];
        // no value in quotes holds the end of a tag
        let end = tag.find('>').unwrap();
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(ELEMENTS.contains(&name), "{inside}");
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        for attribute in inside.split('"').step_by(2).skip(1).filter(|between| between.ends_with('=')) {
            assert!(!attribute.trim().starts_with("on"), "{inside}");
        }
        match inside.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{inside}"),
            None if EMPTY.contains(&name) => {}
            None => open.push(name),
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!page.contains("http://") && !page.contains("https://"), "the page names the network");
}

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("gone.txt", "x\n")]);
    let story = "story_id: \"1-2-login\"\nsessions:\n  one:\n    focus: backend\n    status: in_progress\n  two:\n    status: pending\n";
    repo.track("story-1-2-sessions.yaml", story);
    let active = "sessions: {}\ndependencies:\n  \"1-3-account\":\n    depends_on: [\"1-2-login\"]\n";
    repo.track("active-sessions.yaml", active);
    let [one, two] = ["one", "two"].map(|name| repo.worktree(name));
    one.commit("one", &[("a.txt", &lines(&[(3, "of one"), (20, "more of one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "of two")]))]);
    one.remove("gone.txt");
    two.write("gone.txt", "y\n");
    repo.worktree("apart").write("b.txt", "b\n");
    repo
}

#[test]
fn the_page_has_every_part() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let before = picture(&repo.path(".git"));
    let said = repo.tw(&["report"]).exits(1);
    assert_eq!(picture(&repo.path(".git")), before);
    is_sound(&said.stdout);
    let said = said
        .says("<title>main: report of track-work</title>")
        .says("one and two: conflict")
        .says("Nothing in common with any other terminal: apart")
        .says("<figcaption>Before, line 3</figcaption>")
        .says("<span class=\"l\">3</span> of one")
        .says("<span class=\"l\">3</span> of two")
        .says("modify/delete")
        .says("<p>Counted per file and pair: 2</p>")
        .says("1-3-account: blocked, needs 1-2-login; not complete: 1-2-login")
        .says("git merge --no-ff one")
        .says("What other orders cost")
        .says("<strong>sync</strong>");
    assert_eq!(repo.tw(&["report"]).stdout, said.stdout, "the same input gives the same bytes");
}

#[test]
fn the_page_is_written_to_a_file() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["report", "-o", "../page.html"]).exits(1).says("Wrote ");
    is_sound(&std::fs::read_to_string(sandbox.path("page.html")).unwrap());
    repo.tw(&["report", "-o", "../missing/page.html"]).fails().complains("page.html");
    std::os::unix::fs::symlink("page.html", sandbox.path("link")).unwrap();
    repo.tw(&["report", "-o", "../link"]).fails().complains("is not a regular file");
    repo.tw(&["report", "--format", "json"]).fails().complains("report has no JSON output");
}

#[test]
fn a_filter_chooses_what_the_page_shows() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // everything is judged all the same
    let said = repo.tw(&["report", "--path", "gone.txt"]).exits(1);
    is_sound(&said.stdout);
    said.says("2 conflicts")
        .says("Shown: 2 of 3 terminals, 1 of 2 conflicts (--path gone.txt).")
        .says("modify/delete")
        .says_not("<th scope=\"row\">apart</th>")
        .says_not("of two</pre>");
    let said = repo.tw(&["report", "--terminal", "apart"]).exits(1);
    is_sound(&said.stdout);
    said.says("Shown: 1 of 3 terminals, 0 of 2 conflicts (--terminal apart).")
        .says("<th scope=\"row\">apart</th>")
        .says_not("one and two")
        .says_not("git merge --no-ff one")
        .says_not("1-3-account: blocked");
    repo.tw(&["report", "--story", "nosuch"]).fails().complains("no story matches");
}

/// Also where nobody has a session.
#[test]
fn who_is_ready_is_said_as_the_merge_order_says_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let [done, busy, idle] = ["done", "busy", "idle"].map(|name| repo.worktree(name));
    done.commit("work", &[("b.txt", "b\n")]);
    busy.commit("work", &[("c.txt", "c\n")]);
    busy.write("c.txt", "more\n");
    idle.write("d.txt", "d\n");
    let page = repo.tw(&["report"]).exits(0).stdout;
    let row = |name: &str| {
        let (_, row) = page.split_once(&format!("<th scope=\"row\">{name}</th>")).unwrap();
        row.split_once("</tr>").unwrap().0.to_string()
    };
    assert!(row("done").ends_with("<td>ready</td>"), "{}", row("done"));
    assert!(row("busy").ends_with("<td>it has 1 file uncommitted</td>"), "{}", row("busy"));
    assert!(!row("idle").contains("ready"), "{}", row("idle"));
}

#[test]
fn of_many_terminals_those_that_nobody_must_care_for_are_folded() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    for at in 0..20 {
        repo.git(&["switch", "-qc", &format!("b{at}"), "main"]);
        let file = if at < 2 { "a.txt".to_string() } else { format!("{at}.txt") };
        repo.commit("work", &[(&file, &lines(&[(3, &format!("of {at}"))]))]);
    }
    repo.git(&["switch", "-q", "main"]);
    let said = repo.tw(&["report"]).exits(1);
    is_sound(&said.stdout);
    let (open, folded) = said.stdout.split_once("<details><summary>18 terminals in no conflict").unwrap();
    assert!(open.contains("<th scope=\"row\">b1</th>") && !open.contains("<th scope=\"row\">b2</th>"));
    assert!(folded.contains("<th scope=\"row\">b2</th>"));
    // nobody has a session
    said.says_not("<th scope=\"col\">Status</th>").says_not("<th scope=\"col\">Story</th>");
}

#[test]
fn there_is_a_page_where_there_is_nothing_to_tell() {
    let sandbox = Sandbox::new();
    let empty = sandbox.init("empty");
    is_sound(&empty.tw(&["report"]).exits(0).says("(no commits yet)").stdout);
    let calm = sandbox.repo("calm", &[("a.txt", "a\n")]);
    is_sound(&calm.tw(&["report"]).exits(0).says("no conflicts").says("Nothing to merge.").stdout);
    let bare = sandbox.init_with("bare.git", &["--bare"]);
    is_sound(&bare.tw(&["report"]).exits(0).stdout);
    std::fs::create_dir(sandbox.path("nothing")).unwrap();
    Repo { sandbox: &sandbox, top: sandbox.path("nothing") }.tw(&["report"]).fails();
}

#[test]
fn no_name_becomes_markup() {
    let sandbox = Sandbox::new();
    let evil = "<script>alert(1)<\\script>";
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (evil, "x\n")]);
    let story = format!(
        "story_id: \"1-2-login\"\nsessions:\n  '\"><img src=x onerror=y>':\n    focus: '</pre><b>'\n    status: '<i>'\n    current_file: \"{}\"\n",
        "<b>.txt"
    );
    repo.track("story-1-2-sessions.yaml", &story);
    let active =
        "sessions: {}\ndependencies:\n  \"1-3-</text><script>\":\n    depends_on: [\"1-4-\\\"><script>\"]\n";
    repo.track("active-sessions.yaml", active);
    let names = ["'onmouseover=x", "\"><svg onload=y>", "</title><u>", "&lt;b&gt;", "-->\u{202e}<!--"];
    for (at, name) in names.iter().enumerate() {
        let name = name.replace('/', "\u{2215}");
        let worktree = repo.worktree_at(&sandbox.path(&name), &["-b", &format!("b<u>{at}")]);
        worktree.commit(
            "<h1>",
            &[("a.txt", &lines(&[(3, &format!("</pre><script>{at}"))])), (evil, &format!("{at}\n"))],
        );
    }
    let page = repo.tw(&["report"]).stdout;
    is_sound(&page);
    for markup in ["<script", "<img", "<u>", "<svg onload", "<h1>&lt;", "<b>", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;0"), "{page}");
}

/// Whatever branches, worktrees, files, lines, sessions and stories are called.
#[test]
fn no_random_name_becomes_markup() {
    const PIECES: [&str; 24] = [
        "<",
        ">",
        "\"",
        "'",
        "&",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "]]>",
        "&lt;",
        "&#60;",
        "&quot;",
        "<b>",
        "</b",
        "=",
        "javascript=",
        "onload=x",
        "<svg",
        "</style>",
        "a",
        "\u{202e}",
        "\u{feff}",
        "\u{e9}",
    ];
    for seed in seeds(12) {
        let mut random = Whims(seed);
        let mut name = |most: usize| -> String {
            let count = 1 + random.below(most);
            let text: String = (0..count).map(|_| random.pick(&PIECES)).collect();
            text.replace('/', "\u{2215}")
        };
        let sandbox = Sandbox::new();
        let evil = name(4);
        let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (&evil, "x\n")]);
        let quoted = |text: String| format!("'{}'", text.replace('\'', "''"));
        let mut sessions = String::new();
        for at in 0..3 {
            let folder = format!("{}{at}", name(4));
            let branch = format!("b{}{at}", name(3));
            let worktree = repo.worktree_at(&sandbox.path(&folder), &["-b", &branch]);
            let line = name(5);
            worktree.commit(&name(3), &[("a.txt", &lines(&[(3, &line)])), (&evil, &name(3))]);
            worktree.write(name(4), name(3));
            let (focus, status, agent) = (quoted(name(3)), quoted(name(2)), quoted(name(2)));
            sessions += &format!(
                "  {}:\n    branch: {}\n    focus: {focus}\n    status: {status}\n    agent: {agent}\n    blocked_by: [{}]\n",
                quoted(format!("{}{at}", name(3))),
                quoted(branch),
                quoted(name(2)),
            );
        }
        repo.track("story-1-2-sessions.yaml", format!("story_id: \"1-2-login\"\nsessions:\n{sessions}"));
        let needs = format!(
            "sessions: {{}}\ndependencies:\n  {}:\n    depends_on: [{}]\n    reason: {}\n",
            quoted(format!("1-3-{}", name(3))),
            quoted(name(3)),
            quoted(name(3))
        );
        repo.track("active-sessions.yaml", needs);
        repo.tw(&["sync"]);
        let page = repo.tw(&["report"]).stdout;
        assert!(page.contains("<!DOCTYPE") || page.contains("<!doctype"), "seed {seed}");
        is_sound(&page);
        for markup in ["<script", "</script", "<b>", "<svg o", "<!--", "\u{202e}", "\u{feff}"] {
            assert!(!page.contains(markup), "seed {seed}: {markup}");
        }
    }
}
