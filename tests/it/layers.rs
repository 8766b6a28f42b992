//! An import points down only: the layers of ARCHITECTURE.md, read from the `use` lines and paths of the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top; layers in one row stand beside each other and do not import one another.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["run"],
    &["report"],
    &["stages", "source", "store", "sample"],
    &["policy"],
    &["table"],
    &["geometry"],
    &["domain"],
    &["document"],
    &["fault"],
];

fn rank(layer: &str) -> usize {
    LAYERS.iter().position(|row| row.contains(&layer)).unwrap_or_else(|| panic!("{layer} is in no layer"))
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The layers named after `crate::` in a line of code.
fn imported(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>())
        .filter(|layer| !layer.is_empty())
        .collect()
}

#[test]
fn imports_point_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(&root).unwrap();
        let layer = relative.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if ["lib", "main", "scratch"].contains(&layer.as_str()) {
            continue;
        }
        for (number, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
            for target in imported(line).into_iter().filter(|target| *target != layer && target != "scratch") {
                seen += 1;
                if rank(&target) <= rank(&layer) {
                    wrong.push(format!("{}:{}: {layer} imports {target}", relative.display(), number + 1));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} imports were found: the test reads the wrong lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_test_sees_an_upward_import() {
    assert_eq!(imported("use crate::run::steps; // crate::cli"), ["run"]);
    assert!(rank("run") < rank("stages"));
}
