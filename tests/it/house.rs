//! The house keeps its order: floors, rooms, words, and where things may be said.

use crate::support::source::{files, golden, literals};
use std::collections::{BTreeMap, BTreeSet};
use voucherdesk::core::{lang::Lang, step::Step};

/// Rooms in their order, as `lib.rs` lists them.
fn rooms() -> Vec<String> {
    let (_, text) = files("src", "lib.rs").remove(0);
    let after = text.split("pub mod words;").nth(1).expect("the rooms follow the foundation");
    after.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

/// `src/claims/rules/ubl/read.rs` → ("claims", "rules").
fn place(path: &str) -> Option<(String, String)> {
    let mut parts = path.strip_prefix("src/")?.split('/');
    let (room, floor) = (parts.next()?, parts.next()?);
    Some((room.to_owned(), floor.trim_end_matches(".rs").to_owned()))
}

/// Every `crate::a::b` in a text, brace lists opened, as ["a", "b"].
fn uses(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for piece in text.split("crate::").skip(1) {
        open_list(piece, Vec::new(), &mut found);
    }
    found
}

fn open_list(piece: &str, path: Vec<String>, found: &mut Vec<Vec<String>>) {
    let piece = piece.trim_start();
    if let Some(inner) = piece.strip_prefix('{') {
        let (mut depth, mut start) = (1, 0);
        for (at, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    open_list(&inner[start..at], path.clone(), found);
                    start = at + 1;
                }
                _ => {}
            }
            if depth == 0 {
                open_list(&inner[start..at], path.clone(), found);
                return;
            }
        }
        return;
    }
    let name: String = piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        if !path.is_empty() {
            found.push(path);
        }
        return;
    }
    let rest = &piece[name.len()..];
    let mut path = path;
    path.push(name);
    match rest.strip_prefix("::") {
        Some(rest) if path.len() < 3 => open_list(rest, path, found),
        _ => found.push(path),
    }
}

/// The part of a file before its unit tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// Values without I/O that the rules of a later room may speak of.
const PLAIN_VALUES: &[&str] = &[
    "programmes::RubricItem",
    "programmes::CallRules",
    "programmes::CostCategory",
    "organisations::OrganisationFacts",
    "organisations::RegisterStatus",
    "organisations::VatType",
    "ledger::Cap",
    "ledger::CapRule",
    "ledger::CapSubject",
    "ledger::CapWindow",
    "programmes::Condition",
    "programmes::Stage",
    "programmes::Undetermined",
    "programmes::Verdict",
    "agreements::VoucherState",
];

#[test]
fn a_room_uses_only_earlier_rooms_and_only_through_their_faces() {
    let rooms = rooms();
    let rank = |room: &str| rooms.iter().position(|name| name == room);
    let mut wrong = Vec::new();
    for (path, text) in files("src", ".rs") {
        let Some((room, floor)) = place(&path) else { continue };
        let Some(own) = rank(&room) else { continue };
        for used in uses(code(&text)) {
            let Some(other) = rank(&used[0]) else { continue };
            if used[0] == room {
                continue;
            }
            let reads_all = room == "insights" || room == "integrity";
            if other > own {
                wrong.push(format!("{path} uses the later room {}", used.join("::")));
            }
            if used.get(1).is_some_and(|inner| inner == "store" || inner == "views" || inner == "pages") && !reads_all {
                wrong.push(format!("{path} reaches into {}", used.join("::")));
            }
            if floor == "rules" && !PLAIN_VALUES.contains(&used.join("::").as_str()) {
                wrong.push(format!("{path}: rules use core only, not {}", used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn floors_use_only_what_lies_below_them() {
    let rooms = rooms();
    let mut wrong = Vec::new();
    for (path, text) in files("src", ".rs") {
        let Some((room, floor)) = place(&path) else { continue };
        if !rooms.contains(&room) {
            continue;
        }
        let forbidden: &[&str] = match floor.as_str() {
            "rules" => &["db", "web", "audit", "outbox", "files", "app", "people", "words"],
            "store" => &["web", "audit", "outbox", "app"],
            "actions" => &["web", "front"],
            _ => &[],
        };
        for used in uses(code(&text)) {
            if forbidden.contains(&used[0].as_str()) {
                wrong.push(format!("{path} ({floor}) uses {}", used.join("::")));
            }
        }
        if floor == "actions" && code(&text).contains("actix") {
            wrong.push(format!("{path}: actions never see the web server"));
        }
        if floor != "actions" && room != "people" && room != "integrity" && code(&text).contains("db.write()") {
            wrong.push(format!("{path}: only actions open a unit of work"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Families of keys that are put together from a stored code: `claim-state-` + `submitted`.
const FAMILIES: &[&str] = &["audit-", "mail-", "role-", "act-", "account-", "trouble-"];

fn words(lang: Lang) -> BTreeSet<String> {
    voucherdesk::words::keys(lang).into_iter().collect()
}

#[test]
fn both_languages_have_the_same_words_each_once() {
    let (ko, en) = (words(Lang::Ko), words(Lang::En));
    let only_ko: Vec<_> = ko.difference(&en).collect();
    let only_en: Vec<_> = en.difference(&ko).collect();
    assert!(only_ko.is_empty() && only_en.is_empty(), "only Korean: {only_ko:?}\nonly English: {only_en:?}");
    for lang in [Lang::Ko, Lang::En] {
        let all = voucherdesk::words::keys(lang);
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        assert!(twice.is_empty(), "{lang}: twice {twice:?}");
    }
}

/// The arguments of a call whose opening parenthesis stands just before `piece`.
fn within_parentheses(piece: &str) -> &str {
    let mut depth = 1;
    for (at, c) in piece.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &piece[..at];
        }
    }
    piece
}

#[test]
fn every_word_that_is_asked_for_is_there_and_every_word_there_is_asked_for() {
    let there = words(Lang::Ko);
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut prefixes: BTreeSet<String> = FAMILIES.iter().map(|family| (*family).to_owned()).collect();
    for (path, text) in files("src", ".rs").into_iter().chain(files("templates", ".html")) {
        let all: Vec<String> = literals(&text).into_iter().map(|(_, literal)| literal).collect();
        for literal in all {
            if literal.ends_with('-') || literal.contains("-{") {
                prefixes.insert(literal.split('{').next().unwrap().to_owned());
            }
            asked.insert(literal);
        }
        // page.code("claim-state", …) and forms labelled by prefix and field.
        for call in ["code(\"", "code_word(\"", "Choice::codes("] {
            for piece in text.split(call).skip(1) {
                let piece =
                    if call.starts_with("Choice") { piece.split('"').nth(1).unwrap_or_default() } else { piece };
                prefixes.insert(format!("{}-", piece.split('"').next().unwrap_or_default()));
            }
        }
        for call in ["Form::new(", "Form::with(", ".again("] {
            for piece in text.split(call).skip(1) {
                if let Some(prefix) = piece.split('"').nth(1) {
                    prefixes.insert(format!("{prefix}-"));
                }
            }
        }
        let _ = path;
    }
    let mut missing = Vec::new();
    for (path, text) in files("templates", ".html") {
        for call in ["page.t(\"", "page.t1(\""] {
            for piece in text.split(call).skip(1) {
                let key = piece.split('"').next().unwrap();
                if !there.contains(key) {
                    missing.push(format!("{path}: {key}"));
                }
            }
        }
    }
    for (path, text) in files("src", ".rs") {
        for call in [
            ".t(\"",
            ".t1(\"",
            ".t_with(\"",
            "::conflict(\"",
            "::forbidden(\"",
            "::unacceptable(\"",
            "::too_many(\"",
            ".page(\"",
        ] {
            for piece in code(&text).split(call).skip(1) {
                let key = piece.split('"').next().unwrap();
                if !there.contains(key) {
                    missing.push(format!("{path}: {key}"));
                }
            }
        }
        for piece in code(&text).split("redirect_with(").skip(1) {
            let key = piece.split('"').find(|part| part.contains("-flash-"));
            if let Some(key) = key.filter(|key| !there.contains(*key)) {
                missing.push(format!("{path}: {key}"));
            }
        }
        for (call, make) in [("Mail::new(", "mail"), ("Record::new(", "audit")] {
            for piece in code(&text).split(call).skip(1) {
                let arguments = within_parentheses(piece);
                let quoted: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
                let names: Vec<String> = match make {
                    "mail" => quoted
                        .first()
                        .map(|name| vec![format!("mail-{name}-subject"), format!("mail-{name}-body")])
                        .unwrap_or_default(),
                    _ => {
                        quoted.get(1).map(|kind| vec![format!("audit-{}", kind.replace('_', "-"))]).unwrap_or_default()
                    }
                };
                missing
                    .extend(names.into_iter().filter(|key| !there.contains(key)).map(|key| format!("{path}: {key}")));
            }
        }
    }
    missing.sort();
    missing.dedup();
    let unused: Vec<_> = there
        .iter()
        .filter(|key| !asked.contains(*key) && !prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())))
        .collect();
    assert!(missing.is_empty() && unused.is_empty(), "missing:\n{}\nunused: {unused:?}", missing.join("\n"));
}

#[test]
fn no_words_for_people_stand_in_templates_or_code() {
    let hangul = |c: char| ('가'..='힣').contains(&c);
    let mut found = Vec::new();
    for (path, text) in files("templates", ".html") {
        if text.contains(hangul) {
            found.push(path);
        }
    }
    for (path, text) in files("src", ".rs") {
        let allowed = ["src/people/rules.rs", "src/web/page.rs", "src/programmes/rules", "src/core/"];
        let generated =
            path.ends_with("/tests.rs") || path.starts_with("src/population") || path.starts_with("src/demo");
        if !generated
            && !allowed.iter().any(|place| path.starts_with(place))
            && literals(code(&text)).iter().any(|(_, literal)| literal.contains(hangul))
        {
            found.push(path);
        }
    }
    assert!(found.is_empty(), "Korean text outside words/: {found:?}");
}

fn lines_of<S: std::fmt::Display + Copy>(noun: &str, steps: &[Step<S>]) -> Vec<String> {
    steps
        .iter()
        .map(|step| {
            let by: Vec<&str> = step.by.iter().map(|role| role.as_str()).collect();
            let by = if by.is_empty() { "(system)".to_owned() } else { by.join(" ") };
            format!("{noun:12} {:21} {:20} -> {:20} by {by}", step.name, step.from, step.to)
        })
        .collect()
}

#[test]
fn the_table_of_states_is_as_reviewed() {
    use voucherdesk::{
        agreements, applications, claims, integrity, organisations, outcomes, payments, reviews, vendors,
    };
    let all = [
        lines_of("mandate", organisations::rules::mandates::STEPS),
        lines_of("vendor", vendors::rules::STEPS),
        lines_of("application", applications::rules::STEPS),
        lines_of("assignment", reviews::rules::STEPS),
        lines_of("proposal", reviews::rules::PROPOSAL_STEPS),
        lines_of("bulk", reviews::rules::BULK_STEPS),
        lines_of("advice", reviews::rules::ADVICE_STEPS),
        lines_of("objection", reviews::rules::OBJECTION_STEPS),
        lines_of("agreement", agreements::rules::STEPS),
        lines_of("milestone", agreements::rules::MILESTONE_STEPS),
        lines_of("voucher", agreements::rules::VOUCHER_STEPS),
        lines_of("change", agreements::rules::CHANGE_STEPS),
        lines_of("clauses", agreements::rules::CLAUSE_STEPS),
        lines_of("claim", claims::rules::STEPS),
        lines_of("batch", payments::rules::BATCH_STEPS),
        lines_of("payment", payments::rules::PAYMENT_STEPS),
        lines_of("report", outcomes::rules::STEPS),
        lines_of("recovery", integrity::rules::recoveries::RECOVERY_STEPS),
        lines_of("sanction", integrity::rules::sanctions::SANCTION_STEPS),
    ];
    golden("states.txt", &(all.concat().join("\n") + "\n"));
}

#[test]
fn what_each_capacity_may_is_as_reviewed() {
    use voucherdesk::core::roles::{Capacity, OwnAct};
    let line = |act: &OwnAct| {
        let may = Capacity::ALL.iter().map(|capacity| if act.by().contains(capacity) { "yes" } else { "-" });
        format!("{:10} {}", act.to_string(), may.map(|word| format!("{word:10}")).collect::<String>().trim_end())
    };
    let head = Capacity::ALL.iter().map(|capacity| format!("{:10}", capacity.to_string())).collect::<String>();
    let lines: Vec<String> = OwnAct::ALL.iter().map(line).collect();
    golden("capacities.txt", &format!("{:10} {}\n{}\n", "", head.trim_end(), lines.join("\n")));
}

#[test]
fn the_ten_longest_files_are_known() {
    let mut lengths: Vec<(usize, String)> =
        files("src", ".rs").into_iter().map(|(path, text)| (code(&text).lines().count(), path)).collect();
    lengths.sort();
    for (lines, path) in lengths.iter().rev().take(10) {
        println!("{lines:5} {path}");
    }
    let long: BTreeMap<_, _> = lengths.into_iter().filter(|(lines, _)| *lines > 600).collect();
    assert!(long.is_empty(), "files past 600 lines: {long:?}");
}
