//! Reading our own source, for the tests that keep the house in order.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with this ending, sorted, with their path from the root.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text)
        })
        .collect()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The string literals of a Rust text, unescaped, each with the name of the macro it is an argument of.
pub fn literals(text: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '\'' => {
                at += if chars.get(at + 1) == Some(&'\\') {
                    3
                } else if chars.get(at + 2) == Some(&'\'') {
                    2
                } else {
                    0
                }
            }
            '"' => {
                let before: String = chars[..at].iter().rev().take(60).collect::<String>().chars().rev().collect();
                let (literal, end) = literal(&chars, at + 1);
                found.push((macro_name(&before), literal));
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn literal(chars: &[char], start: usize) -> (String, usize) {
    let (mut text, mut at) = (String::new(), start);
    while at < chars.len() && chars[at] != '"' {
        if chars[at] == '\\' {
            at += 1;
            match chars[at] {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                '\n' => {
                    while chars.get(at + 1).is_some_and(|c| c.is_whitespace()) {
                        at += 1;
                    }
                }
                other => text.push(other),
            }
        } else {
            text.push(chars[at]);
        }
        at += 1;
    }
    (text, at)
}

fn macro_name(before: &str) -> Option<String> {
    let head = before.trim_end().strip_suffix('(')?.strip_suffix('!')?;
    let name: String = head.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    Some(name.chars().rev().collect())
}

/// Compares with a golden file; with UPDATE_GOLDEN=1 writes it instead.
#[track_caller]
pub fn golden(name: &str, text: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if kept == text {
        return;
    }
    let differs = kept.lines().zip(text.lines()).position(|(kept, now)| kept != now).unwrap_or(0);
    let show = |text: &str| text.lines().skip(differs).take(4).collect::<Vec<_>>().join("\n");
    panic!(
        "tests/golden/{name} differs from line {} on (UPDATE_GOLDEN=1 writes it, then review the difference)\nkept:\n{}\nnow:\n{}",
        differs + 1,
        show(&kept),
        show(text)
    );
}
