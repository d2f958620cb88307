//! `demo --merge`: merges that are clean, that stop, and that do not build together.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::failure::Failure;

use super::DemoRun;
use super::shop::Shop;

const TITLE: &str = "export const title = 'Shop';\n";
const PRICE: &str = "export const price = (cents: number) => cents / 100;\n";
const CART: &str =
    "import { price } from './price';\n\nexport const cart = (items: number[]) => items.map(price);\n";
const RECEIPT: &str =
    "import { price } from './price';\n\nexport const receipt = (sum: number) => `Paid: ${price(sum)}`;\n";
const STOCK: &str = "export const stock = ['fern', 'ivy'];\n";
const RESOLVED: &str = "export const title = 'Welcome to the sale';\n";

/// What takes the place of a compiler.
const BUILD: &str = r#"# What is imported has to be exported
for name in $(sed -n 's/^import { \([a-z]*\) }.*/\1/p' src/*.ts); do
  grep -q "^export const $name " src/*.ts || { echo "error: $name is not exported"; exit 1; }
done
"#;

/// Makes the repository with five worktrees and the work in them.
pub(super) fn build(folder: &Path) -> Result<Shop, Failure> {
    let shop = Shop::begin(folder)?;
    for (path, text) in [("title", TITLE), ("price", PRICE), ("cart", CART)] {
        shop.write(&format!("shop/src/{path}.ts"), text)?;
    }
    shop.write("shop/build.sh", BUILD)?;
    shop.commit("shop", "Begin the shop")?;
    let renamed = [PRICE, CART].map(|text| {
        text.replace("{ price }", "{ amount }")
            .replace("const price", "const amount")
            .replace("map(price)", "map(amount)")
    });
    let add = |name: &str, message: &str, files: &[(&str, &str)]| {
        shop.add_worktree(name, name)?;
        for (path, text) in files {
            shop.write(&format!("{name}/src/{path}.ts"), text)?;
        }
        shop.commit(name, message)
    };
    add("stock", "Add the stock", &[("stock", STOCK)])?;
    add("welcome", "Welcome everybody", &[("title", "export const title = 'Welcome';\n")])?;
    add("sale", "Announce the sale", &[("title", "export const title = 'Sale';\n")])?;
    add("amounts", "Call prices amounts", &[("price", &renamed[0]), ("cart", &renamed[1])])?;
    add("receipts", "Print receipts", &[("receipt", RECEIPT)])?;
    Ok(shop)
}

/// What happens, step by step.
pub(super) fn play(demo: &mut DemoRun) -> Result<(), Failure> {
    demo.say("Five terminals work on a small shop, each in its own git worktree. In which order are they merged best?");
    demo.track_work(&["merge-order"])?;
    demo.say("merge carries that out, here for two of them. Each merge is made by git in a worktree of its own; main moves once, at the end:");
    demo.track_work(&["merge", "--yes", "stock", "welcome"])?;
    demo.say("The sale has the same line. The run stops there, with both sides:");
    demo.track_work(&["merge", "--yes", "sale"])?;
    let Some(bench) = only_folder(&demo.state().join("track-work/merge")) else {
        return Err(Failure::new("the merge of the sale did not stop"));
    };
    demo.say("Somebody resolves it in that worktree, and the run goes on:");
    demo.shop.write_in(&bench, "src/title.ts", RESOLVED)?;
    demo.shop.git(&bench, &["add", "src/title.ts"])?;
    demo.out.push_str("$ git add src/title.ts\n");
    demo.track_work(&["merge", "--continue"])?;
    demo.say("It can be taken back. When it is merged again, the conflict is resolved as before:");
    demo.track_work(&["merge", "--undo"])?;
    demo.track_work(&["merge", "--yes", "sale"])?;
    demo.say("The last two merge cleanly: one renames a function, the other one calls it. A command that runs in each merged tree finds that out, and who fails together:");
    demo.track_work(&["merge", "--yes", "--run", "sh build.sh", "amounts", "receipts"])?;
    demo.say("And back to where main was before that run:");
    demo.track_work(&["merge", "--undo"])?;
    demo.git(&["log", "--oneline", "--first-parent", "--format=%s"])
}

fn only_folder(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).next()
}
