//! What a clean merge breaks: by fixtures, against the compilers that are at hand, and from hostile sources.

mod compiled;
mod fixtures;
mod hostile;
mod left_out;
mod sides;

use sides::{Files, judged, warnings};

#[test]
fn a_use_that_its_own_side_left_broken_does_not_hide_a_new_one() {
    let lib = "def parse(text):\n    return text\n";
    let users =
        "from lib import parse\n\n\ndef one():\n    return parse(1)\n\n\ndef two():\n    return parse(2)\n";
    let files = |changed: &[(&str, String)]| -> Files {
        let base = [("lib.py", lib), ("users.py", users)].map(|(path, text)| (path, text.to_string()));
        let all = base.iter().chain(changed);
        all.map(|(path, text)| (path.to_string(), text.clone())).collect()
    };
    let strict = ("lib.py", lib.replace("text)", "text, strict)"));
    let one_adapted = ("users.py", users.replace("parse(1)", "parse(1, True)"));
    let theirs = files(&[("more.py", "from lib import parse\n\nparse(3)\n".to_string())]);
    let (_, judgement) = judged(&files(&[]), &files(&[strict.clone(), one_adapted]), &theirs).unwrap();
    let told: Vec<_> = judgement.breaks.iter().map(|one| (&*one.symbol, one.uses.path.to_string())).collect();
    assert_eq!(told, [("parse", "more.py".to_string())]);
    // for information: what is left there may as well say that the name means something else
    assert_eq!(warnings(&judgement), Vec::<String>::new());
    // one that came with the change says that it does
    let odd = ("users.py", format!("{users}\n\ndef three():\n    return parse(4)\n"));
    let (_, judgement) = judged(&files(&[]), &files(&[strict, odd]), &theirs).unwrap();
    assert_eq!(judgement.breaks, []);
}

#[test]
fn a_function_of_c_that_both_define_is_told_for_information() {
    let infos = |ours: &str, theirs: &str, base: &[(&str, &str)]| -> Vec<String> {
        let files = |added: &[(&str, &str)]| -> Files {
            base.iter().chain(added).map(|(path, text)| (path.to_string(), text.to_string())).collect()
        };
        let (_, judgement) = judged(
            &files(&[("use.c", "int use(void)\n{\n\treturn 0;\n}\n")]),
            &files(&[("use.c", "int use(void)\n{\n\treturn 0;\n}\n"), ("one.c", ours)]),
            &files(&[("use.c", "int use(void)\n{\n\treturn 0;\n}\n"), ("two.c", theirs)]),
        )
        .unwrap();
        assert_eq!(warnings(&judgement), Vec::<String>::new());
        judgement.breaks.iter().map(|one| format!("{} {}", one.pattern.name(), one.symbol)).collect()
    };
    let function = "int help(void)\n{\n\treturn 1;\n}\n";
    assert_eq!(infos(function, function, &[]), ["duplicate_definition help"]);
    let told: [String; 0] = [];
    for other in [
        "static int help(void)\n{\n\treturn 1;\n}\n",
        "static inline int help(void)\n{\n\treturn 1;\n}\n",
        "int help(void);\n",
        "__attribute__((weak)) int help(void)\n{\n\treturn 1;\n}\n",
        "#ifdef WIN32\nint help(void)\n{\n\treturn 1;\n}\n#endif\n",
        "int main(void)\n{\n\treturn 1;\n}\n",
        "int other(void)\n{\n\treturn 1;\n}\n",
    ] {
        assert_eq!(infos(function, other, &[]), told, "{other}");
    }
    let main = "int main(void)\n{\n\treturn 1;\n}\n";
    assert_eq!(infos(main, main, &[]), told);
    // programs that each have one of their own already
    assert_eq!(infos(function, function, &[("third.c", function)]), told);
}

#[test]
fn what_a_module_of_python_may_give_otherwise_is_told_for_information() {
    let side = |name: &str, users: &[(&str, &str)]| -> Files {
        let utils = format!(
            "def {name}(s):\n    return s.lower()\n\n\ndef __getattr__(name):\n    return getattr(lib, name)\n"
        );
        let files = [("p/__init__.py", "\n"), ("p/utils.py", &*utils)];
        files.iter().chain(users).map(|(path, text)| (path.to_string(), text.to_string())).collect()
    };
    let user = [("p/x.py", "from .utils import slug\n\nprint(slug('B'))\n")];
    let (_, judgement) = judged(&side("slug", &[]), &side("slugify", &[]), &side("slug", &user)).unwrap();
    let told: Vec<_> = judgement.breaks.iter().map(|one| (&*one.symbol, one.became.as_deref())).collect();
    assert_eq!(told, [("slug", Some("slugify"))]);
    assert_eq!(warnings(&judgement), Vec::<String>::new());
}

#[test]
fn names_in_texts_that_are_looked_up_are_told_for_information() {
    let models = "class Product:\n    pass\n\n\nclass Line:\n    pass\n";
    let base: Files = [
        ("shop/__init__.py", ""),
        ("shop/catalogue/__init__.py", ""),
        ("shop/catalogue/models.py", models),
        ("pyproject.toml", "[project]\nname = \"shop\"\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_string(), text.to_string()))
    .collect();
    let mut ours = base.clone();
    ours.insert("shop/catalogue/models.py".into(), "class Line:\n    pass\n".into());
    let infos = |path: &str, text: &str| -> Vec<String> {
        let mut theirs = base.clone();
        theirs.insert(path.to_string(), text.to_string());
        let (_, judgement) = judged(&base, &ours, &theirs).unwrap();
        assert_eq!(warnings(&judgement), Vec::<String>::new(), "{text}");
        judgement.breaks.iter().map(|one| one.symbol.clone()).collect()
    };
    for text in [
        "@mock.patch(\"shop.catalogue.models.Product\")\ndef test_it(product):\n    pass\n",
        "@mock.patch(\"shop.catalogue.models.Product.save\")\ndef test_it(product):\n    pass\n",
        "BACKENDS = [\"shop.catalogue.models.Product\"]\n",
        "Product = get_class(\"catalogue.models\", \"Product\")\n",
        "Product, Line = get_classes(\"catalogue.models\", [\"Product\", \"Line\"])\n",
        "Product = get_model(\"catalogue\", \"Product\")\n",
        "class Order:\n    product = models.ForeignKey(\"catalogue.Product\", on_delete=models.CASCADE)\n",
    ] {
        assert_eq!(infos("shop/more.py", text), ["Product"], "{text}");
    }
    let project =
        "[project]\nname = \"shop\"\n\n[project.scripts]\nbuy = \"shop.catalogue.models:Product\"\n";
    assert_eq!(infos("pyproject.toml", project), ["Product"]);
    for text in [
        "\"\"\"shop.catalogue.models.Product\"\"\"\n",
        "log = logging.getLogger(\"shop.catalogue.models.Product\")\n",
        "BACKENDS = [\"shop.catalogue.models.Line\", \"vendor.catalogue.Product\"]\n",
        "Product = get_class(\"orders.models\", \"Product\")\n",
        "TEXT = f\"shop.catalogue.models.Product{1}\"\n",
    ] {
        assert_eq!(infos("shop/more.py", text), [""; 0], "{text}");
    }
}
