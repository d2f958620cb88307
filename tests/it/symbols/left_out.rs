//! What is left out before anything is parsed says nothing: at random, two sides change files of several functions and types,
//! and what is said of their merge is the same where everything is read. `TRACK_WORK_CASES=500` tries more.

use std::collections::BTreeSet;

use track_work::git::Repository;
use track_work::merge::{Options, merge_trees};
use track_work::model::MergedTrees;
use track_work::symbols::{self, SidesJudged, SourceTable};

use crate::support::{Sandbox, Whims, seeds};

use super::sides::{Files, tree};

/// So many seeds, unless told otherwise.
const USUAL: u64 = 150;

/// The parts that the files of a language are made of.
struct Parts {
    path: [&'static str; 2],
    head: &'static str,
    blocks: &'static [&'static str],
    /// What becomes of a part of a block.
    edits: &'static [[&'static str; 2]],
}

const RUST: Parts = Parts {
    path: ["src/a.rs", "src/b.rs"],
    head: "use crate::other::{one, two};\nuse std::fmt;\n\n",
    blocks: &[
        "pub fn alpha(x: u8) -> u8 {\n    let total = one(x);\n    total\n}\n\n",
        "pub struct Store {\n    pub name: u8,\n}\n\n",
        "impl Store {\n    pub fn new(name: u8) -> Store {\n        two(name);\n        Store { name }\n    }\n\n    pub fn open(&self) -> u8 {\n        let found = \"}\";\n        alpha(self.name)\n    }\n}\n\n",
        "impl fmt::Display for Store {\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n        write!(f, \"{}\", self.name)\n    }\n}\n\n",
        "mod tests {\n    use super::*;\n\n    #[test]\n    fn checks() {\n        fn helper() {}\n        helper();\n        alpha(1);\n    }\n\n    #[test]\n    fn opens() {\n        Store::new(1).open();\n    }\n}\n\n",
        "pub fn beta() {\n    use crate::other::three;\n    three();\n    alpha(2);\n}\n\n",
        "pub const HELP: &str = \"first\n\nfn alpha() { total }\nlast\";\n\npub fn help() {\n    alpha(\"{\n\nuse crate::other::five;\n\");\n}\n\n",
        "pub fn shadow(two: u8) {\n    two.open(alpha);\n}\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["x: u8", "x: u8, y: u8"],
        ["alpha(2)", "alpha(2, 3)"],
        ["one, two", "two"],
        ["one(x)", "x"],
        ["fn open", "fn shut"],
        ["&self)", "&self, deep: bool)"],
        ["pub name", "pub size: u8,\n    pub name"],
        ["total", "sum"],
        ["helper();", "helper();\n        opens();"],
        ["use std::fmt;\n", "use std::fmt;\nuse crate::other::four;\n"],
        ["alpha(1);", "alpha(1);\n        Store::new(3).open();"],
        ["fn checks", "fn opens"],
    ],
};

const PYTHON: Parts = Parts {
    path: ["pack/a.py", "pack/b.py"],
    head: "import os\nfrom pack.other import one, two\n\n\n",
    blocks: &[
        "def alpha(x):\n    total = one(x)\n    return total\n\n\n",
        "class Store:\n    kind = 1\n\n    def __init__(self, name):\n        self.name = name\n        self.size: int = len(\n            name,\n        )\n\n    def open(self):\n        \"\"\"Opens: self.door = 1\"\"\"\n        return alpha(self.name)\n\n    @property\n    def shut(self):\n        self.seen, self.left = 1, 2\n        return os.path\n\n\n",
        "class Other(Store):\n    def open(self, deep=False):\n        from pack.other import three\n        if deep:\n            self.deep = three(deep)\n        return Store(1).open()\n\n\n",
        "def beta():\n    found = two(1)\n    return alpha(found)\n\n\n",
        "TEXT = '''\nfirst\n\ndef alpha(x):\n    from m import *\n\nlast\n'''\n\n\ndef shadow(os):\n    os.open(alpha)\n\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["(x)", "(x, y)"],
        ["import one, two", "import two"],
        ["one(x)", "x"],
        ["def open", "def close"],
        ["self.name = name", "self.title = name"],
        ["self.size", "self.length"],
        ["return alpha(found)", "return alpha(found) or Store(2).name"],
        ["import os\n", "import os\nimport sys\n"],
        ["found", "total"],
        ["self, name", "self, name, size"],
    ],
};

const GO: Parts = Parts {
    path: ["pack/a.go", "pack/b.go"],
    head: "package pack\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n",
    blocks: &[
        "func Alpha(x int) int {\n\ttotal := x\n\treturn total\n}\n\n",
        "type Store struct {\n\tname string\n}\n\n",
        "func (s *Store) Open() {\n\tfmt.Println(os.Args, Alpha(1))\n}\n\n",
        "func Beta() {\n\tStore{}.Open()\n\tAlpha(2)\n}\n\n",
        "var help = `first\n\nfunc Alpha(x int) {\n\tos.Open()\n}\nlast`\n\nfunc Shadow(os Store) {\n\tos.Open()\n}\n\n",
    ],
    edits: &[
        ["Alpha", "Gamma"],
        ["x int", "x, y int"],
        ["Open", "Shut"],
        ["\t\"os\"\n", ""],
        ["os.Args, ", ""],
        ["Alpha(2)", "Alpha(2)\n\tBeta()"],
        ["name string", "title string"],
        ["total", "sum"],
    ],
};

const ECMA: Parts = Parts {
    path: ["src/a.ts", "src/b.ts"],
    head: "import { one, two } from \"./other\";\nimport * as a from \"./a\";\n\n",
    blocks: &[
        "export function alpha(x: number): number {\n  const total = one(x);\n  return total;\n}\n\n",
        "export class Store {\n  name = 1;\n\n  open(): number {\n    return alpha(this.name);\n  }\n}\n\n",
        "export const beta = () => {\n  a.alpha(2);\n  return new Store().open();\n}\n\n",
        "const help = `first\n\nexport function alpha() { total }\nlast ${two}`;\n\nfunction shadow(a: Store) {\n  a.open();\n}\n\n",
        "export * from \"./b\";\n\nfunction plain() {\n  two(one);\n}\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["x: number", "x: number, y: number"],
        ["{ one, two }", "{ two }"],
        ["one(x)", "x"],
        ["open", "shut"],
        ["alpha(2)", "alpha(2);\n  a.beta()"],
        ["name", "title"],
        ["total", "sum"],
        ["export const", "const"],
        ["two(one)", "two(one);\n  a.alpha(3)"],
    ],
};

const PHP: Parts = Parts {
    path: ["src/A.php", "src/B.php"],
    head: "<?php\n\nnamespace App;\n\nuse App\\Other\\One;\nuse App\\Other\\Two;\n\n",
    blocks: &[
        "function alpha(int $x): int\n{\n    $total = One::make($x);\n    return $total;\n}\n\n",
        "class Store extends Base\n{\n    /**\n     * @return array{\n     *   a: int,\n     * }\n     */\n    public function open(): array\n    {\n        return alpha($this->name);\n    }\n\n    // what it's called\n    public function shut(Two $two): int\n    {\n        $text = 'first\n\nfunction alpha() { $total }\n\nlast';\n        return $two->open($text);\n    }\n}\n\n",
        "interface Shape\n{\n    public function area(): int;\n}\n\n",
        "if (! function_exists('beta')) {\n    function beta(Store $store)\n    {\n        return $store->open() + alpha(2);\n    }\n}\n\n",
        "const HELP = <<<TEXT\nfirst\n\nfunction alpha() {}\n\n{$two->open()}\nTEXT;\n\nfunction plain(Store $store)\n{\n    (new Store)->shut($store);\n}\n\n",
        "trait Finds\n{\n    public function find()\n    {\n        return $this->open();\n    }\n}\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["int $x", "int $x, int $y"],
        ["use App\\Other\\One;\n", ""],
        ["One::make($x)", "$x"],
        ["open", "close"],
        ["alpha(2)", "alpha(2) + One::make(3)"],
        ["$total", "$sum"],
        ["public function open", "private function open"],
        ["extends Base", "extends Base implements Shape"],
        ["use App\\Other\\Two;\n", "use App\\Other\\Two;\nuse App\\Other\\Three;\n"],
        ["area()", "area(int $of)"],
        ["class Store", "class Shop"],
    ],
};

const RUBY: Parts = Parts {
    path: ["lib/a.rb", "lib/b.rb"],
    head: "require \"set\"\nrequire_relative \"other\"\n\n",
    blocks: &[
        "def alpha(x)\n  total = One.make(x)\n  total\nend\n\n",
        "class Store < Base\n  include Finds\n  attr_reader :name\n\n  def initialize(name)\n    @name = name\n  end\n\n  def open(deep: false)\n    alpha(name)\n  end\n\n  def open?(by)\n    by\n  end\nend\n\n",
        "module Finds\n  def find(two)\n    two.open(deep: true) # it's\n  end\n\n  def self.all = alpha(3)\nend\n\n",
        "HELP = <<~TEXT\n  first\n\ndef alpha\n\n  last\nTEXT\n\ndef plain\n  store = Store.new(1)\n  store.open\nend\n\n",
        "=begin\n\ndef alpha(x, y); end\n\n=end\nif defined?(Store)\n  def beta\n    Store.new(2).open\n  end\n\nend\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["(x)", "(x, y)"],
        ["One.make(x)", "x"],
        ["open", "close"],
        ["deep: false", "deep:"],
        ["initialize(name)", "initialize(name, size)"],
        ["store.open", "store.open\n  Finds.all\n  store.open?(1)"],
        ["open?(by)", "opened?(by)"],
        ["total", "sum"],
        ["include Finds", "include Others"],
        [":name", ":title"],
        ["class Store", "class Shop"],
    ],
};

const JAVA: Parts = Parts {
    path: ["src/shop/A.java", "src/shop/B.java"],
    head: "package shop;\n\nimport shop.other.One;\nimport java.util.List;\n\n",
    blocks: &[
        "class Store extends Base {\n    private int name;\n\n    Store(int name) {\n        this.name = name;\n    }\n\n    public int open(int x) {\n        int total = One.make(x);\n        return total;\n    }\n\n    public int shut()\n    {\n        // {\n        return open(1) + name;\n    }\n}\n\n",
        "class Base {\n    int alpha(List<Store> stores) {\n        for (Store store : stores) {\n            store.open(2);\n        }\n        return new Store(3).shut();\n    }\n\n    void runs() {\n        Runnable task = new Runnable() {\n            public void open(int x) {\n                alpha(null);\n            }\n        };\n    }\n}\n\n",
        "interface Shape {\n    int area(int of);\n\n    default int beta() {\n        return area(1);\n    }\n}\n\n",
        "enum Kind implements Shape {\n    SMALL(1) {\n        public int area(int of) {\n            return of;\n        }\n    },\n    LARGE(2);\n\n    Kind(int size) {\n    }\n\n    public int area(int of) {\n        String text = \"\"\"\n    }\n    int alpha() {\n\"\"\";\n        class Inner {\n            int beta() { return 1; }\n        }\n        return new Inner().beta();\n    }\n}\n\n",
        "record Pair(int name, Store other) {\n    int sum() {\n        return name + other.open(name);\n    }\n}\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["int x", "int x, int y"],
        ["import shop.other.One;\n", ""],
        ["One.make(x)", "x"],
        ["open", "close"],
        ["store.open(2)", "store.open(2); new Store(4).shut()"],
        ["int of", "int of, int deep"],
        ["total", "sum"],
        ["extends Base", "implements Shape"],
        ["class Store", "class Shop"],
        ["LARGE", "HUGE"],
        ["return new Store(3).shut()", "Kind kind = Kind.LARGE;\n        return kind.area(5)"],
        ["public int shut", "private int shut"],
    ],
};

const KOTLIN: Parts = Parts {
    path: ["src/shop/A.kt", "src/shop/B.kt"],
    head: "package shop\n\nimport shop.other.One\n\n",
    blocks: &[
        "class Store(val name: Int) : Base() {\n    override fun open(x: Int): Int {\n        val total = One.make(x)\n        return total\n    }\n\n    val size by lazy {\n        name + 1\n    }\n\n    companion object {\n        fun made(): Store {\n            return Store(1)\n        }\n    }\n}\n\n",
        "open class Base {\n    open fun open(x: Int): Int {\n        return x\n    }\n\n    fun task() = object : Shape {\n        override fun area(): Int {\n            return open(2)\n        }\n    }\n}\n\n",
        "interface Shape {\n    fun area(): Int\n}\n\n",
        "fun alpha(store: Store): Int {\n    return store.open(3) + store.name\n}\n\n",
        "fun Store.shut(deep: Boolean = false): Int {\n    fun inner(): Int {\n        return alpha(this)\n    }\n    return inner()\n}\n\n",
        "enum class Kind {\n    SMALL, LARGE;\n\n    fun beta(): Int {\n        return when (this) {\n            SMALL -> 1\n            LARGE -> Store(1).shut()\n        }\n    }\n}\n\n",
    ],
    edits: &[
        ["alpha", "gamma"],
        ["x: Int", "x: Int, y: Int"],
        ["import shop.other.One\n", ""],
        ["One.make(x)", "x"],
        ["fun open", "fun close"],
        ["store.open(3)", "store.open(3) + store.shut(true)"],
        ["area()", "area(of: Int)"],
        ["total", "sum"],
        ["LARGE", "HUGE"],
        ["class Store", "class Shop"],
        ["val name", "val title"],
        ["Store(1)", "Store(1, 2)"],
    ],
};

const CSHARP: Parts = Parts {
    path: ["src/A.cs", "src/B.cs"],
    head: "using System;\nusing Shop.Other;\n\n",
    blocks: &[
        "namespace Shop\n{\n    public class Store : Base, IShape\n    {\n        public int Name { get; set; }\n\n        public Store(int name)\n        {\n            Name = name;\n        }\n\n        public override int Open(int x)\n        {\n            var total = One.Make(x);\n            return total;\n        }\n\n        int IShape.Area()\n        {\n            return new Store(1) { Name = 2 }.Open(3);\n        }\n    }\n}\n\n",
        "namespace Shop\n{\n    public class Base\n    {\n        public virtual int Open(int x)\n        {\n            #if DEBUG\n            x++;\n            #endif\n            return x;\n        }\n\n        public static int Alpha(Store store, Kind kind)\n        {\n            switch (kind)\n            {\n                case Kind.Small: return store.Open(1);\n                default: return store.Name;\n            }\n        }\n    }\n}\n\n",
        "namespace Shop\n{\n    public interface IShape\n    {\n        int Area();\n    }\n\n    public enum Kind { Small, Large }\n}\n\n",
        "namespace Shop.Other\n{\n    public static class One\n    {\n        public static int Make(int x)\n        {\n            var text = @\"\n        }\n        int Alpha() {\n\";\n            int Inner(int y)\n            {\n                return Base.Alpha(new Store(y), Kind.Large);\n            }\n            return Inner(x);\n        }\n\n        public static int Shut(this Store store) => store.Open(4);\n    }\n}\n\n",
        "namespace Shop\n{\n    using Shop.Other;\n\n    public record Pair(int Name, Store Item)\n    {\n        public int Sum()\n        {\n            return Item.Shut() + One.Make(Name);\n        }\n    }\n}\n\n",
    ],
    edits: &[
        ["Alpha", "Gamma"],
        ["int x", "int x, int y"],
        ["using Shop.Other;\n", ""],
        ["One.Make(x)", "x"],
        ["int Open", "int Close"],
        ["store.Open(1)", "store.Open(1) + store.Shut()"],
        ["Area()", "Area(int of)"],
        ["total", "sum"],
        ["Large", "Huge"],
        ["class Store", "class Shop"],
        ["int Name {", "int Title {"],
        ["Store(int name)", "Store(int name, int size)"],
        ["namespace Shop.Other", "namespace Shop.More"],
    ],
};

/// What one side makes of blocks, of which the first one is the head.
fn changed(parts: &Parts, blocks: &[String], whims: &mut Whims) -> String {
    let mut blocks = blocks.to_vec();
    for _ in 0..1 + whims.below(3) {
        let at = 1 + whims.below(blocks.len() - 1);
        match whims.below(8) {
            0 if blocks.len() > 2 => drop(blocks.remove(at)),
            1 => {
                let new = parts.blocks[whims.below(parts.blocks.len())].replace("alpha", "delta");
                blocks.insert(at, new);
            }
            2 => {
                let other = 1 + whims.below(blocks.len() - 1);
                blocks.swap(at, other);
            }
            _ => {
                let [old, new] = parts.edits[whims.below(parts.edits.len())];
                blocks.iter_mut().for_each(|block| *block = block.replace(old, new));
            }
        }
    }
    blocks.concat()
}

#[test]
fn what_is_left_out_says_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("r");
    let store = Repository::discover(&repo.path("")).expect("a repository").store();
    let (mut clean, mut broken) = (0, 0);
    for seed in seeds(USUAL) {
        let mut whims = Whims(seed);
        for parts in [&RUST, &PYTHON, &GO, &ECMA, &PHP, &RUBY, &JAVA, &KOTLIN, &CSHARP] {
            let mut sides = [Files::new(), Files::new(), Files::new()];
            for path in parts.path {
                let blocks = parts.blocks.iter().filter(|_| whims.below(4) > 0);
                let blocks: Vec<String> =
                    [&parts.head].into_iter().chain(blocks).map(|block| block.to_string()).collect();
                if blocks.len() < 2 {
                    continue;
                }
                sides[0].insert(path.to_string(), blocks.concat());
                for side in &mut sides[1..] {
                    side.insert(path.to_string(), changed(parts, &blocks, &mut whims));
                }
            }
            let [base, ours, theirs] = sides.each_ref().map(|files| tree(&store, files));
            let outcome = merge_trees(&store, base, ours, theirs, &Options::default()).expect("a merge");
            if !outcome.is_clean() {
                continue;
            }
            let trees = MergedTrees { base, ours, theirs, merged: outcome.tree };
            let judged = |table: &SourceTable| {
                let most = [usize::MAX; 2];
                match symbols::judge_trees(&store, table, &trees, &BTreeSet::new(), most)
                    .expect("a judgement")
                {
                    SidesJudged::Known(known) => known.breaks,
                    SidesJudged::TooMuch(_) => Vec::new(),
                }
            };
            let [quick, all] = [SourceTable::default(), SourceTable::thorough()].map(|table| judged(&table));
            assert_eq!(quick, all, "seed {seed}: {sides:#?}");
            clean += 1;
            broken += usize::from(!all.is_empty());
        }
    }
    // of a few seeds none may break
    let are_few = seeds(USUAL).count() < USUAL as usize;
    assert!(are_few || clean > 100 && broken > 5, "{broken} of {clean} break");
}
